#include "emulator/services/lambda/versions.h"
#include "emulator/services/lambda/variables.h"

#include "emulator/base/encoding.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr size_t kPageMax = 50;

/// Two publications with the same key have nothing changed between them.
std::string publication_key(const Json& latest) {
  return to_hex(
      sha256(to_text(latest.at("config")) + text_of(latest.at("code"), "id") + text_of(latest.at("code"), "folder")));
}

}  // namespace

Member publish_to_member() {
  return optional("PublishTo", string().one_of({"LATEST_PUBLISHED"}));
}

Json publish_document(storage::Txn& txn, const FunctionRef& ref, Json& latest, const std::string& description,
                      Random& random) {
  std::string key = publication_key(latest);
  std::string published = text_of(latest, "published");
  if (!published.empty() && text_of(latest, "published_key") == key) {
    if (auto existing = storage::get_document(txn, version_key(ref, published))) return std::move(*existing);
  }
  std::string number = std::to_string(int_of(latest, "next_version", 1));
  Json version = {{"config", latest["config"]}, {"code", latest["code"]}, {"version", number}};
  for (const char* member : {"layer_codes", "layers_unzipped", "modified_ms"}) {
    if (const Json* value = find(latest, member)) version[member] = *value;
  }
  if (!description.empty()) version["config"]["Description"] = description;
  version["revision"] = random.uuid();
  storage::put_document(txn, version_key(ref, number), version);
  latest["next_version"] = int_of(latest, "next_version", 1) + 1;
  latest["published"] = number;
  latest["published_key"] = key;
  touch(latest, random);
  return version;
}

namespace {

Result<Json> publish(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, whole_function_of(call));
  const Json& input = call.input;
  auto published = lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json latest, load_function(txn, ref, lambda.now()));
    auto revision = optional_text(input, "RevisionId");
    if (revision && *revision != text_of(latest, "revision")) return errors::stale_revision("GetFunction/GetAlias");
    std::string digest = text_of(input, "CodeSha256"), current = text_of(latest["code"], "sha256");
    if (!digest.empty() && digest != current)
      return errors::invalid("CodeSHA256 (" + digest + ") is different from current CodeSHA256 in $LATEST (" + current +
                             "). Please try again with the CodeSHA256 in $LATEST.");
    if (find(latest, "change")) return errors::update_in_progress(ref.arn());
    Json version = publish_document(txn, ref, latest, text_of(input, "Description"), lambda.context.random);
    storage::put_document(txn, function_key(ref), latest);
    return version;
  });
  if (published.has_error()) return std::move(published).error();
  return shown_configuration(lambda, call, *published, ref, {text_of(*published, "version")});
}

Result<Json> list(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, whole_function_of(call));
  TRY(Json latest, load_function(lambda.context.store, ref, lambda.now()));
  // $LATEST sorts before the padded numbers.
  std::vector<std::pair<std::string, Json>> items = {
      {kLatest, shown_configuration(lambda, call, latest, ref, {kLatest, true})}};
  for (const Json& version : storage::list_documents(lambda.context.store, parts_prefix(ref, "version"))) {
    std::string number = text_of(version, "version");
    items.emplace_back(std::string(10 - number.size(), '0') + number,
                       shown_configuration(lambda, call, version, ref, {number, true}));
  }
  return page_of("Versions", items, call, kPageMax, ref.arn());
}

Shape list_shape() {
  std::vector<Member> members = {function_name_member()};
  for (Member& member : paging_members()) members.push_back(std::move(member));
  return structure(std::move(members));
}

}  // namespace

Operation publish_version(Lambda& lambda) {
  static const Shape input =
      structure({short_function_name_member(), optional("CodeSha256", string()), publish_to_member(),
                 optional("Description", string().length(0, 256)), optional("RevisionId", string())});
  return {.name = "PublishVersion",
          .input = &input,
          .rest = {{"POST", "/2015-03-31/functions/{FunctionName}/versions", 201}},
          .access = on_function(lambda, "lambda:PublishVersion"),
          .handle = JsonHandler([&lambda](Call& call) { return publish(lambda, call); })};
}

Operation list_versions_by_function(Lambda& lambda) {
  static const Shape input = list_shape();
  return {.name = "ListVersionsByFunction",
          .input = &input,
          .rest = {{"GET", "/2015-03-31/functions/{FunctionName}/versions", 200, paging_parameters()}},
          .access = on_function(lambda, "lambda:ListVersionsByFunction"),
          .handle = JsonHandler([&lambda](Call& call) { return list(lambda, call); })};
}

}  // namespace millrace::lambda
