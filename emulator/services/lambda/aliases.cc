// CreateAlias, GetAlias, ListAliases, UpdateAlias, DeleteAlias.

#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/provisioned_concurrency.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr size_t kPageMax = 10'000;

const Shape& alias_name_shape() {
  static const Shape shape = string().length(1, 128).pattern("(?!^[0-9]+$)([a-zA-Z0-9-_]+)");
  return shape;
}

Shape routing_shape() {
  static const Shape version = string().length(1, 1024).pattern("[0-9]+");
  Shape weights = map(number().range(0, 1).report_on_whole()).keys(version);
  return structure({optional("AdditionalVersionWeights", std::move(weights))});
}

const Shape& version_shape() {
  static const Shape shape = string().length(1, 1024).pattern(R"((\$LATEST|[0-9]+))");
  return shape;
}

FunctionRef alias_ref(const FunctionRef& function, const std::string& name) {
  FunctionRef ref = function;
  ref.qualifier = name;
  return ref;
}

Json alias_view(const FunctionRef& function, const Alias& alias) {
  Json out = {{"AliasArn", alias_ref(function, alias.name).qualified_arn()},
              {"Name", alias.name},
              {"FunctionVersion", alias.function_version},
              {"Description", alias.description}};
  if (alias.routing) out["RoutingConfig"] = *alias.routing;
  out["RevisionId"] = alias.revision_id;
  return out;
}

Result<void> check_version(const storage::Reader& reader, FunctionRef function, const std::string& version,
                           Millis now) {
  function.qualifier = version;
  auto found = load_qualified(reader, function, now);
  if (found.has_error()) return function_not_found(function);
  return {};
}

/// Takes a RoutingConfig into the alias; an empty one removes it.
Result<void> apply_routing(const storage::Reader& reader, const FunctionRef& function, const Json& input, Alias& alias,
                           Millis now) {
  const Json* routing = find(input, "RoutingConfig");
  const Json* weights = routing ? find(*routing, "AdditionalVersionWeights") : nullptr;
  if (routing && (!weights || weights->empty())) alias.routing.reset();
  if (!weights || weights->empty()) return {};
  if (weights->size() > 1)
    return errors::invalid("Number of items in AdditionalVersionWeights cannot be greater than 1");
  std::string main = alias.function_version, other = weights->begin().key();
  if (main == kLatest)
    return AwsError(errors::invalid_parameter, "$LATEST is not supported for an alias pointing to more than 1 version");
  if (other == main)
    return errors::invalid("Invalid function version " + other + ". Function version " + other +
                           " is already included in routing configuration.");
  TRY_VOID(check_version(reader, function, other, now));
  alias.routing = Json{{"AdditionalVersionWeights", *weights}};
  return {};
}

Result<Json> create(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, whole_function_of(call));
  const Json& input = call.input;
  std::string name = text_of(input, "Name");
  return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    // Of a missing function AWS names the version [rec].
    TRY_VOID(check_version(txn, ref, text_of(input, "FunctionVersion"), lambda.now()));
    if (load_alias(txn, ref, name))
      return errors::conflict("Alias already exists: " + alias_ref(ref, name).qualified_arn());
    Alias alias{.name = name};
    alias.function_version = text_of(input, "FunctionVersion");
    alias.description = text_of(input, "Description");
    TRY_VOID(apply_routing(txn, ref, input, alias, lambda.now()));
    alias.revision_id = lambda.context.random.uuid();
    storage::put_model(txn, part_key(ref, "alias", name), alias);
    return alias_view(ref, alias);
  });
}

Result<Json> get(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, whole_function_of(call));
  std::string name = text_of(call.input, "Name");
  auto alias = load_alias(lambda.context.store, ref, name);
  if (!alias) return errors::not_found("Cannot find alias arn: " + alias_ref(ref, name).qualified_arn());
  return alias_view(ref, *alias);
}

Result<Json> list(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, whole_function_of(call));
  TRY_VOID(load_function(lambda.context.store, ref, lambda.now()));
  std::string version = text_of(call.input, "FunctionVersion");
  std::vector<std::pair<std::string, Json>> items;
  for (const Alias& alias : storage::list_models<Alias>(lambda.context.store, parts_prefix(ref, "alias"))) {
    if (version.empty() || alias.function_version == version) items.emplace_back(alias.name, alias_view(ref, alias));
  }
  return page_of("Aliases", items, call, kPageMax, ref.arn());
}

Result<Json> update(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, whole_function_of(call));
  const Json& input = call.input;
  std::string name = text_of(input, "Name");
  auto updated = lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    auto alias = load_alias(txn, ref, name);
    if (!alias) return errors::not_found("Alias not found: " + alias_ref(ref, name).qualified_arn());
    auto revision = optional_text(input, "RevisionId");
    if (revision && *revision != alias->revision_id) return errors::stale_revision("GetFunction/GetAlias");
    if (auto version = optional_text(input, "FunctionVersion")) {
      TRY_VOID(check_version(txn, ref, *version, lambda.now()));
      alias->function_version = *version;
    }
    if (auto description = optional_text(input, "Description")) alias->description = *description;
    TRY_VOID(apply_routing(txn, ref, input, *alias, lambda.now()));
    alias->revision_id = lambda.context.random.uuid();
    storage::put_model(txn, part_key(ref, "alias", name), *alias);
    return alias_view(ref, *alias);
  });
  // What is provisioned for the alias moves to its new version.
  if (updated.has_value() && find(input, "FunctionVersion")) refresh_provisioned(lambda, ref);
  return updated;
}

/// Deleting an alias that isn't there succeeds, as on AWS.
Result<Json> remove(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, whole_function_of(call));
  std::string name = text_of(call.input, "Name");
  if (lambda.ports.provision) lambda.ports.provision(alias_ref(ref, name).qualified_arn(), nullptr, 0);
  return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    for (const char* kind : {"alias", "policy", "event-invoke", "provisioned", "scaling"})
      txn.erase(storage::Family::meta, part_key(ref, kind, name));
    if (auto url = storage::get_document(txn, part_key(ref, "url", name))) {
      txn.erase(storage::Family::meta, storage::document_key({"lambda-url", text_of(*url, "id")}));
      txn.erase(storage::Family::meta, part_key(ref, "url", name));
    }
    return Json();
  });
}

constexpr const char* kAliasPath = "/2015-03-31/functions/{FunctionName}/aliases/{Name}";

const Shape& named_shape() {
  static const Shape input = structure({short_function_name_member(), required("Name", alias_name_shape())});
  return input;
}

}  // namespace

Operation create_alias(Lambda& lambda) {
  static const Shape input = structure(
      {short_function_name_member(), required("Name", alias_name_shape()), required("FunctionVersion", version_shape()),
       optional("Description", string().length(0, 256)), optional("RoutingConfig", routing_shape())});
  return {.name = "CreateAlias",
          .input = &input,
          .rest = {{"POST", "/2015-03-31/functions/{FunctionName}/aliases", 201}},
          .access = on_function(lambda, "lambda:CreateAlias"),
          .handle = JsonHandler([&lambda](Call& call) { return create(lambda, call); })};
}

Operation get_alias(Lambda& lambda) {
  return {.name = "GetAlias",
          .input = &named_shape(),
          .rest = {{"GET", kAliasPath}},
          .access = on_function(lambda, "lambda:GetAlias"),
          .handle = JsonHandler([&lambda](Call& call) { return get(lambda, call); })};
}

Operation list_aliases(Lambda& lambda) {
  static const Shape input = structure({short_function_name_member(), optional("FunctionVersion", version_shape()),
                                        optional("Marker", string()), optional("MaxItems", integer().range(1, 10000))});
  return {.name = "ListAliases",
          .input = &input,
          .rest = {{"GET", "/2015-03-31/functions/{FunctionName}/aliases", 200,
                    paging_parameters({{"FunctionVersion", "FunctionVersion"}})}},
          .access = on_function(lambda, "lambda:ListAliases"),
          .handle = JsonHandler([&lambda](Call& call) { return list(lambda, call); })};
}

Operation update_alias(Lambda& lambda) {
  static const Shape input =
      structure({short_function_name_member(), required("Name", alias_name_shape()),
                 optional("FunctionVersion", version_shape()), optional("Description", string().length(0, 256)),
                 optional("RoutingConfig", routing_shape()), optional("RevisionId", string())});
  return {.name = "UpdateAlias",
          .input = &input,
          .rest = {{"PUT", kAliasPath}},
          .access = on_function(lambda, "lambda:UpdateAlias"),
          .handle = JsonHandler([&lambda](Call& call) { return update(lambda, call); })};
}

Operation delete_alias(Lambda& lambda) {
  return {.name = "DeleteAlias",
          .input = &named_shape(),
          .rest = {{"DELETE", kAliasPath, 204}},
          .access = on_function(lambda, "lambda:DeleteAlias"),
          .handle = JsonHandler([&lambda](Call& call) { return remove(lambda, call); })};
}

}  // namespace millrace::lambda
