#include "emulator/services/apigateway/resources.h"

namespace millrace::apigateway {

using namespace protocol;

namespace {

std::string path_of(const Kind& kind, bool one) {
  const std::string parent =
      kind.parent_segment ? std::string(kind.parent_segment) + "/{" + std::string(kind.parent_member) + "}/" : "";
  return "/v2/apis/{apiId}/" + parent + std::string(kind.segment) +
         (one ? "/{" + std::string(kind.id_member) + "}" : "");
}

AwsError missing(const Kind& kind, const std::string& id) {
  return errors::not_found(kind.name, id);
}

std::string parent_of(const Kind& kind, const Json& input) {
  return kind.parent_member ? text_of(input, kind.parent_member) : "";
}
/// The last part of a document's key.
std::string place_of(const Kind& kind, const std::string& parent, const std::string& id) {
  return kind.parent_member ? parent + "/" + id : id;
}

Result<Json> load(const storage::Reader& reader, const Scope& scope, const Kind& kind, const Json& input) {
  const std::string id = text_of(input, kind.id_member);
  auto document = storage::get_document(
      reader, child_key(scope, kind.stored, text_of(input, "apiId"), place_of(kind, parent_of(kind, input), id)));
  if (!document) return missing(kind, id);
  return std::move(*document);
}

void changed(Gateway& gateway, storage::Txn& txn, const Scope& scope, const Kind& kind, const std::string& api) {
  if (kind.is_deployed) gateway.deploy_automatically(txn, scope, api);
}

Result<Json> create(Gateway& gateway, const Kind& kind, const Call& call) {
  const Scope scope = scope_of(call);
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json api, load_api(txn, scope, text_of(call.input, "apiId")));
    TRY(Json document, kind.make ? kind.make(gateway, txn, scope, api, call.input)
                                 : create_in(gateway, txn, scope, kind, api, call.input));
    changed(gateway, txn, scope, kind, text_of(api, "apiId"));
    return shown(document);
  });
}

Result<Json> get(Gateway& gateway, const Kind& kind, const Call& call) {
  TRY_VOID(load_api(gateway.context.store, scope_of(call), text_of(call.input, "apiId")));
  TRY(Json document, load(gateway.context.store, scope_of(call), kind, call.input));
  return shown(document);
}

Result<Json> get_all(Gateway& gateway, const Kind& kind, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string api = text_of(call.input, "apiId");
  TRY_VOID(load_api(gateway.context.store, scope, api));
  std::vector<Json> all = storage::list_documents(gateway.context.store, children_prefix(scope, kind.stored, api));
  if (kind.parent_member)
    std::erase_if(all, [&](const Json& one) { return text_of(one, "_parent") != parent_of(kind, call.input); });
  return page_of(all, kind.id_member, call);
}

Result<Json> update(Gateway& gateway, const Kind& kind, const Call& call) {
  const Scope scope = scope_of(call);
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json api, load_api(txn, scope, text_of(call.input, "apiId")));
    TRY(Json document, load(txn, scope, kind, call.input));
    if (kind.change) {
      TRY(const Json kept, kind.change(gateway, txn, scope, api, std::move(document), call.input));
      return shown(kept);
    }
    merge(document, call.input, kind.members);
    TRY_VOID(kind.complete(txn, scope, api, document));
    const std::string api_id = text_of(api, "apiId");
    storage::put_document(txn,
                          child_key(scope, kind.stored, api_id,
                                    place_of(kind, text_of(document, "_parent"), text_of(document, kind.id_member))),
                          document);
    changed(gateway, txn, scope, kind, api_id);
    return shown(document);
  });
}

Result<Json> remove(Gateway& gateway, const Kind& kind, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string api = text_of(call.input, "apiId"), id = text_of(call.input, kind.id_member);
  auto removed = gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY_VOID(load_api(txn, scope, api));
    TRY(Json document, load(txn, scope, kind, call.input));
    if (kind.may_go) TRY_VOID(kind.may_go(txn, scope, api, id));
    txn.erase(storage::Family::meta,
              child_key(scope, kind.stored, api, place_of(kind, text_of(document, "_parent"), id)));
    if (kind.erase_with) kind.erase_with(txn, scope, api, document);
    changed(gateway, txn, scope, kind, api);
    return Json();
  });
  if (!removed.has_error() && kind.gone) kind.gone(gateway, api, id);
  return removed;
}

using Handler = Result<Json> (*)(Gateway&, const Kind&, const Call&);

Operation operation(Gateway& gateway, const Kind& kind, std::string name, RestBinding binding, Handler handler) {
  return {.name = std::move(name),
          .rest = {std::move(binding)},
          .access = needs_of,
          .handle = JsonHandler([&gateway, &kind, handler](Call& call) { return handler(gateway, kind, call); })};
}

}  // namespace

Result<Json> create_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const Kind& kind, const Json& api,
                       const Json& input) {
  Json document = {{kind.id_member, gateway.new_id(kind.id_length)}};
  if (kind.parent_member) document["_parent"] = parent_of(kind, input);
  merge(document, input, kind.members);
  if (bool_of(input, "apiGatewayManaged")) document["apiGatewayManaged"] = true;
  TRY_VOID(kind.complete(txn, scope, api, document));
  const std::string key = child_key(scope, kind.stored, text_of(api, "apiId"),
                                    place_of(kind, text_of(document, "_parent"), text_of(document, kind.id_member)));
  storage::put_document(txn, key, document);
  return document;
}

std::vector<Operation> operations_of(Gateway& gateway, const Kind& kind) {
  const std::string name = kind.name, all = path_of(kind, false), one = path_of(kind, true);
  std::vector<Operation> out = {
      operation(gateway, kind, "Create" + name, {"POST", all, 201}, create),
      operation(gateway, kind, "Get" + name, {"GET", one, 200}, get),
      operation(gateway, kind, "Get" + name + "s", {"GET", all, 200}, get_all),
      operation(gateway, kind, "Update" + name, {"PATCH", one, 200}, update),
      operation(gateway, kind, "Delete" + name, {"DELETE", one, 204}, remove),
  };
  out[0].input = &kind.create;
  out[3].input = &kind.update;
  return out;
}

}  // namespace millrace::apigateway
