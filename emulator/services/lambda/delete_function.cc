#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/function_code.h"
#include "emulator/services/lambda/operations.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

/// Names of the aliases that lead to the version, with or without a weight: "live, test".
std::string aliases_of(const storage::Reader& reader, const FunctionRef& ref, const std::string& version) {
  std::string names;
  for (const Alias& alias : storage::list_models<Alias>(reader, parts_prefix(ref, "alias"))) {
    const Json* weights = alias.weights();
    if (alias.function_version == version || (weights && weights->contains(version)))
      names += (names.empty() ? "" : ", ") + alias.name;
  }
  return names;
}

Result<Json> delete_version(Lambda& lambda, const FunctionRef& ref) {
  if (ref.qualifier == kLatest)
    return errors::invalid("$LATEST version cannot be deleted without deleting the function.");
  if (!is_version_number(ref.qualifier)) return errors::invalid("Deletion of aliases is not currently supported.");
  auto removed = lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json document, load_qualified(txn, ref, lambda.now()));
    if (std::string aliases = aliases_of(txn, ref, ref.qualifier); !aliases.empty())
      return errors::conflict("Unable to delete version because the following aliases reference it: [" + aliases + "]");
    txn.erase(storage::Family::meta, version_key(ref, ref.qualifier));
    txn.erase(storage::Family::meta, part_key(ref, "policy", ref.qualifier));
    txn.erase(storage::Family::meta, part_key(ref, "event-invoke", ref.qualifier));
    txn.erase(storage::Family::meta, part_key(ref, "provisioned", ref.qualifier));
    txn.erase(storage::Family::meta, part_key(ref, "scaling", ref.qualifier));
    return document;
  });
  if (removed.has_error()) return std::move(removed).error();
  release_code(lambda, ref, removed->at("code"));
  if (lambda.ports.provision) lambda.ports.provision(ref.qualified_arn(), nullptr, 0);
  return Json();
}

/// Everything of the function but its event source mappings, which stay, as on AWS.
Result<Json> delete_whole(Lambda& lambda, const FunctionRef& ref) {
  std::vector<Json> codes;
  auto removed = lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json document, load_function(txn, ref, lambda.now()));
    codes.push_back(document["code"]);
    for (const Json& version : storage::list_documents(txn, parts_prefix(ref, "version")))
      codes.push_back(version.at("code"));
    for (const Json& url : storage::list_documents(txn, parts_prefix(ref, "url")))
      txn.erase(storage::Family::meta, storage::document_key({"lambda-url", text_of(url, "id")}));
    for (const char* kind : {"version", "alias", "policy", "event-invoke", "url", "provisioned", "scaling"}) {
      std::string prefix = parts_prefix(ref, kind);
      txn.erase_range(storage::Family::meta, prefix, storage::prefix_end(prefix));
    }
    txn.erase(storage::Family::meta, function_key(ref));
    return Json();
  });
  if (removed.has_error()) return std::move(removed).error();
  for (const Json& code : codes) release_code(lambda, ref, code);
  if (lambda.ports.retire) lambda.ports.retire(ref.arn());
  return Json();
}

Result<Json> handle(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, function_of(call));
  // The qualifier isn't in the text [rec].
  if (load_function(lambda.context.store, ref, lambda.now()).has_error())
    return function_not_found({ref.account, ref.region, ref.name, ""});
  return ref.qualifier.empty() ? delete_whole(lambda, ref) : delete_version(lambda, ref);
}

}  // namespace

Operation delete_function(Lambda& lambda) {
  static const Shape input = structure({qualifier_member(), function_name_member()});
  return {.name = "DeleteFunction",
          .input = &input,
          .rest = {{"DELETE", "/2015-03-31/functions/{FunctionName}", 204, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:DeleteFunction"),
          .handle = JsonHandler([&lambda](Call& call) { return handle(lambda, call); })};
}

}  // namespace millrace::lambda
