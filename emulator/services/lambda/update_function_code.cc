#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/function_code.h"
#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/update_function.h"
#include "emulator/services/lambda/variables.h"
#include "emulator/services/lambda/versions.h"

namespace millrace::lambda {

using namespace protocol;

Result<Json> load_for_update(Lambda& lambda, const storage::Reader& reader, const FunctionRef& ref, const Json& input) {
  TRY(Json document, load_function(reader, ref, lambda.now()));
  if (find(document, "change"))
    return errors::conflict("The operation cannot be performed at this time. An update is in progress for resource: " +
                            ref.arn());
  auto revision = optional_text(input, "RevisionId");
  if (revision && *revision != text_of(document, "revision")) return errors::stale_revision("GetFunction/GetAlias");
  return document;
}

namespace {

Shape input_shape() {
  std::vector<Member> members = {short_function_name_member()};
  for (Member& member : code_members()) members.push_back(std::move(member));
  members.push_back(
      optional("Architectures", list(string().one_of({"x86_64", "arm64"})).length(1, 1).report_on_whole()));
  members.push_back(optional("Publish", boolean()));
  members.push_back(publish_to_member());
  members.push_back(optional("DryRun", boolean()));
  members.push_back(optional("RevisionId", string()));
  return structure(std::move(members));
}

Result<Json> handle(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, whole_function_of(call));
  const Json& input = call.input;
  TRY(Json before, load_for_update(lambda, lambda.context.store, ref, input));
  TRY(Json code, take_code(lambda, call, input, static_cast<uint64_t>(int_of(before, "layers_unzipped"))));
  if (bool_of(input, "DryRun")) {
    Json would_be = before;
    would_be["code"] = code;
    release_code(lambda, ref, code);
    return shown_configuration(lambda, call, would_be, ref, {});
  }
  Json replaced;
  auto updated = lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json document, load_for_update(lambda, txn, ref, input));
    replaced = document["code"];
    document["code"] = code;
    if (const Json* architectures = find(input, "Architectures")) document["config"]["Architectures"] = *architectures;
    begin_change(document, "update", lambda.now(), lambda.change_takes_ms(), lambda.context.random);
    std::string last = text_of(document, "published");
    Json shown = bool_of(input, "Publish") ? publish_document(txn, ref, document, "", lambda.context.random) : document;
    // A version that this made is shown as being created.
    if (std::string number = text_of(shown, "version"); number != kLatest && number != last)
      shown["change"] = Json{{"kind", "create"}};
    storage::put_document(txn, function_key(ref), document);
    return shown;
  });
  release_code(lambda, ref, updated.has_error() ? code : replaced);
  if (updated.has_error()) return std::move(updated).error();
  std::string version = text_of(*updated, "version");
  return shown_configuration(lambda, call, *updated, ref, {version == kLatest ? "" : version});
}

}  // namespace

Operation update_function_code(Lambda& lambda) {
  static const Shape input = input_shape();
  auto own_need = on_function(lambda, "lambda:UpdateFunctionCode");
  return {.name = "UpdateFunctionCode",
          .input = &input,
          .rest = {{"PUT", "/2015-03-31/functions/{FunctionName}/code"}},
          .access = [own_need](const Call& call) -> Result<AccessNeeds> {
            TRY(AccessNeeds needs, own_need(call));
            add_code_needs(call.input, needs);
            return needs;
          },
          .handle = JsonHandler([&lambda](Call& call) { return handle(lambda, call); })};
}

}  // namespace millrace::lambda
