// VPC links of both versions: kept and shown. There are no VPCs here; an integration by a link is sent to its URI like any
// other.
//
//   {"apigateway", account, region, "vpc-link", id}   of version 1 with "id", of version 2 with "vpcLinkId"

#include "emulator/services/apigateway/operations.h"
#include "emulator/services/apigateway/rest/operations.h"
#include "emulator/services/apigateway/rest/patch.h"

namespace millrace::apigateway {

using namespace protocol;

namespace {

constexpr const char* kStored = "vpc-link";
constexpr const char* kAll = "/v2/vpclinks";
constexpr const char* kOne = "/v2/vpclinks/{vpcLinkId}";

/// The links of the version whose id member this is.
std::vector<Json> links_with(Gateway& gateway, const Scope& scope, const char* id_member) {
  auto all = storage::list_documents(gateway.context.store, rest::own_prefix(scope, kStored));
  std::erase_if(all, [&](const Json& one) { return !find(one, id_member); });
  return all;
}

Result<Json> load(const storage::Reader& reader, const Call& call) {
  const std::string id = text_of(call.input, "vpcLinkId");
  auto document = storage::get_document(reader, rest::own_key(scope_of(call), kStored, id));
  if (!document || !find(*document, "vpcLinkId")) return errors::not_found("VpcLink", id);
  return std::move(*document);
}

Result<Json> create(Gateway& gateway, const Call& call) {
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    const std::string id = gateway.new_id(6);
    Json link = {{"createdDate", iso_seconds(gateway.context.clock.now_ms())},
                 {"name", text_of(call.input, "name")},
                 {"securityGroupIds", call.input.value("securityGroupIds", Json::array())},
                 {"subnetIds", call.input.value("subnetIds", Json::array())},
                 {"tags", call.input.value("tags", Json::object())},
                 {"vpcLinkId", id},
                 {"vpcLinkStatus", "AVAILABLE"},
                 {"vpcLinkStatusMessage", "VPC link is ready to route traffic"},
                 {"vpcLinkVersion", "V2"}};
    storage::put_document(txn, rest::own_key(scope_of(call), kStored, id), link);
    return link;
  });
}

Result<Json> update(Gateway& gateway, const Call& call) {
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json link, load(txn, call));
    merge(link, call.input, {"name"});
    storage::put_document(txn, rest::own_key(scope_of(call), kStored, text_of(link, "vpcLinkId")), link);
    return link;
  });
}

Result<Json> remove(Gateway& gateway, const Call& call) {
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(const Json link, load(txn, call));
    txn.erase(storage::Family::meta, rest::own_key(scope_of(call), kStored, text_of(link, "vpcLinkId")));
    return Json::object();
  });
}

}  // namespace

std::vector<Operation> vpc_link_operations(Gateway& gateway) {
  static const Shape create_shape =
      structure({required("name", string().length(1, 128)), optional("securityGroupIds", list(string())),
                 required("subnetIds", list(string())), optional("tags", map(string()))});
  static const Shape update_shape = structure({optional("name", string().length(1, 128))});
  const auto get_all = [](Gateway& own, const Call& call) {
    return page_of(links_with(own, scope_of(call), "vpcLinkId"), "vpcLinkId", call);
  };
  return {v2_operation(gateway, "CreateVpcLink", {"POST", kAll, 201}, create, &create_shape),
          v2_operation(gateway, "GetVpcLink", {"GET", kOne, 200},
                       [](Gateway& own, const Call& call) { return load(own.context.store, call); }),
          v2_operation(gateway, "GetVpcLinks", {"GET", kAll, 200}, get_all),
          v2_operation(gateway, "UpdateVpcLink", {"PATCH", kOne, 200}, update, &update_shape),
          v2_operation(gateway, "DeleteVpcLink", {"DELETE", kOne, 202}, remove)};
}

namespace rest {

namespace {

constexpr const char* kRestLink = "vpc-link";

Result<Json> load_link(const storage::Reader& reader, const Call& call) {
  auto document = storage::get_document(reader, own_key(scope_of(call), kRestLink, text_of(call.input, "vpcLinkId")));
  if (!document || !find(*document, "id")) return errors::not_found("VPC link not found");  // unverified: the words
  return std::move(*document);
}

Result<Json> create_link(Gateway& gateway, const Call& call) {
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    Json link = {{"id", gateway.new_id(6)}, {"name", text_of(call.input, "name")}};
    copy_given(link, call.input, {"description", "targetArns"});
    link["status"] = "AVAILABLE";
    link["statusMessage"] = "Your vpc link is ready for use";
    copy_given(link, call.input, {"tags"});
    storage::put_document(txn, own_key(scope_of(call), kRestLink, text_of(link, "id")), link);
    return link;
  });
}

Result<Json> update_link(Gateway& gateway, const Call& call) {
  static const std::vector<PatchRule> rules = {{"/name", "r"}, {"/description", "r", As::optional}};
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json link, load_link(txn, call));
    TRY_VOID(apply_patches(link, call.input, "updateVpcLinkInput", rules));
    storage::put_document(txn, own_key(scope_of(call), kRestLink, text_of(link, "id")), link);
    return link;
  });
}

Result<Json> remove_link(Gateway& gateway, const Call& call) {
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(const Json link, load_link(txn, call));
    txn.erase(storage::Family::meta, own_key(scope_of(call), kRestLink, text_of(link, "id")));
    return Json();
  });
}

}  // namespace

Operations vpc_link_operations(Gateway& gateway) {
  static const Shape shape = structure({required("name", string()), optional("description", string()),
                                        required("targetArns", list(string())), optional("tags", map(string()))});
  const auto get_all = [](Gateway& own, const Call& call) {
    return items_of(links_with(own, scope_of(call), "id"), "id", call);
  };
  return {operation(gateway, "CreateVpcLink", {"POST", "/vpclinks", 202}, create_link, &shape),
          operation(gateway, "GetVpcLink", {"GET", "/vpclinks/{vpcLinkId}", 200},
                    [](Gateway& own, const Call& call) { return load_link(own.context.store, call); }),
          operation(gateway, "GetVpcLinks", {"GET", "/vpclinks", 200}, get_all),
          operation(gateway, "UpdateVpcLink", {"PATCH", "/vpclinks/{vpcLinkId}", 200}, update_link),
          operation(gateway, "DeleteVpcLink", {"DELETE", "/vpclinks/{vpcLinkId}", 202}, remove_link)};
}

}  // namespace rest

}  // namespace millrace::apigateway
