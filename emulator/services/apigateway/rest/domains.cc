// Domain names and base path mappings: kept and shown. Requests don't come by them.

#include "emulator/services/apigateway/rest/operations.h"
#include "emulator/services/apigateway/rest/patch.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

constexpr const char* kAll = "/domainnames";
constexpr const char* kOne = "/domainnames/{domainName}";
constexpr const char* kMappings = "/domainnames/{domainName}/basepathmappings";
constexpr const char* kMapping = "/domainnames/{domainName}/basepathmappings/{basePathKey}";
constexpr const char* kRegionalZone = "Z1UJRXOUMOOFQ8";  // us-east-1's; other regions have their own
constexpr const char* kEdgeZone = "Z2FDTNDATAQYW2";      // CloudFront's

Result<Json> load(const storage::Reader& reader, const Call& call) {
  auto document = storage::get_document(reader, own_key(scope_of(call), "domain", text_of(call.input, "domainName")));
  if (!document) return errors::not_found("Invalid domain name identifier specified");
  return std::move(*document);
}

Result<Json> create(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string name = text_of(call.input, "domainName");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    if (storage::get_document(txn, own_key(scope, "domain", name)))
      return errors::bad_request("The domain name you provided already exists.");
    Json domain = {{"domainName", name}};
    copy_given(domain, call.input,
               {"certificateName", "certificateArn", "regionalCertificateName", "regionalCertificateArn",
                "ownershipVerificationCertificateArn"});
    Json endpoint = call.input.value("endpointConfiguration", Json::object());
    if (!find(endpoint, "types")) endpoint["types"] = Json::array({"EDGE"});
    if (!find(endpoint, "ipAddressType")) endpoint["ipAddressType"] = "ipv4";
    if (endpoint["types"][0] == "EDGE") {
      domain["distributionDomainName"] = gateway.new_id(14) + ".cloudfront.net";
      domain["distributionHostedZoneId"] = kEdgeZone;
    } else {
      domain["regionalDomainName"] = "d-" + gateway.new_id(10) + ".execute-api." + scope.region + ".amazonaws.com";
      domain["regionalHostedZoneId"] = kRegionalZone;
    }
    domain["endpointConfiguration"] = endpoint;
    domain["domainNameStatus"] = "AVAILABLE";
    domain["securityPolicy"] = text_of(call.input, "securityPolicy", "TLS_1_2");
    domain["routingMode"] = text_of(call.input, "routingMode", "BASE_PATH_MAPPING_ONLY");
    if (const Json* mutual = find(call.input, "mutualTlsAuthentication")) domain["mutualTlsAuthentication"] = *mutual;
    copy_given(domain, call.input, {"tags"});
    storage::put_document(txn, own_key(scope, "domain", name), domain);
    return domain;
  });
}

Result<Json> get(Gateway& gateway, const Call& call) {
  TRY(Json domain, load(gateway.context.store, call));
  return shown(domain);
}

Result<Json> get_all(Gateway& gateway, const Call& call) {
  return items_of(storage::list_documents(gateway.context.store, own_prefix(scope_of(call), "domain")), "domainName",
                  call);
}

Result<Json> update(Gateway& gateway, const Call& call) {
  static const std::vector<PatchRule> rules = {{"/certificateName", "r"},
                                               {"/certificateArn", "r"},
                                               {"/regionalCertificateName", "r"},
                                               {"/regionalCertificateArn", "r"},
                                               {"/ownershipVerificationCertificateArn", "r", As::optional},
                                               {"/securityPolicy", "r"},
                                               {"/routingMode", "r"},
                                               {"/endpointConfiguration/types/*", "r", As::at_index},
                                               {"/endpointConfiguration/ipAddressType", "r"},
                                               {"/mutualTlsAuthentication/truststoreUri", "r"},
                                               {"/mutualTlsAuthentication/truststoreVersion", "r"}};
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json domain, load(txn, call));
    TRY_VOID(apply_patches(domain, call.input, "updateDomainNameInput", rules));
    storage::put_document(txn, own_key(scope_of(call), "domain", text_of(domain, "domainName")), domain);
    return domain;
  });
}

Result<Json> remove(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json domain, load(txn, call));
    const std::string name = text_of(domain, "domainName");
    for (const char* kind : {"mapping", "api-mapping"}) {
      const std::string mappings = children_prefix(scope, kind, name);
      txn.erase_range(storage::Family::meta, mappings, storage::prefix_end(mappings));
    }
    txn.erase(storage::Family::meta, own_key(scope, "domain", name));
    return Json();
  });
}

/// No base path is written `(none)`.
std::string base_path(const std::string& given) {
  return given.empty() ? "(none)" : given;
}

Result<void> check_target(const storage::Reader& reader, const Scope& scope, const Json& mapping) {
  const std::string api = text_of(mapping, "restApiId"), stage = text_of(mapping, "stage");
  if (!storage::get_document(reader, rest_key(scope, api)))
    return errors::bad_request("Invalid REST API identifier specified");
  if (!stage.empty() && !storage::get_document(reader, part_key(scope, kStage, api, stage)))
    return errors::bad_request("Invalid stage identifier specified");
  return {};
}

Result<Json> load_mapping(const storage::Reader& reader, const Call& call) {
  TRY_VOID(load(reader, call));
  auto found = storage::get_document(reader, part_key(scope_of(call), "mapping", text_of(call.input, "domainName"),
                                                      text_of(call.input, "basePathKey")));
  if (!found) return errors::not_found("Invalid base path mapping identifier specified");
  return std::move(*found);
}

Result<Json> create_mapping(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string domain = text_of(call.input, "domainName"), base = base_path(text_of(call.input, "basePath"));
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY_VOID(load(txn, call));
    const std::string key = part_key(scope, "mapping", domain, base);
    if (storage::get_document(txn, key)) return errors::conflict("Base path already exists for this domain name");
    Json mapping = {{"basePath", base}, {"restApiId", text_of(call.input, "restApiId")}};
    if (const std::string stage = text_of(call.input, "stage"); !stage.empty()) mapping["stage"] = stage;
    TRY_VOID(check_target(txn, scope, mapping));
    storage::put_document(txn, key, mapping);
    return mapping;
  });
}

Result<Json> get_mapping(Gateway& gateway, const Call& call) {
  return load_mapping(gateway.context.store, call);
}

Result<Json> get_mappings(Gateway& gateway, const Call& call) {
  TRY_VOID(load(gateway.context.store, call));
  return items_of(storage::list_documents(gateway.context.store, children_prefix(scope_of(call), "mapping",
                                                                                 text_of(call.input, "domainName"))),
                  "basePath", call);
}

Result<Json> update_mapping(Gateway& gateway, const Call& call) {
  static const std::vector<PatchRule> rules = {
      {"/restapiId", "r"}, {"/restApiId", "r"}, {"/basePath", "r"}, {"/stage", "r", As::optional}};
  const Scope scope = scope_of(call);
  const std::string domain = text_of(call.input, "domainName");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json mapping, load_mapping(txn, call));
    const std::string former = text_of(mapping, "basePath");
    TRY_VOID(apply_patches(mapping, call.input, "updateBasePathMappingInput", rules));
    if (find(mapping, "restapiId")) {
      mapping["restApiId"] = mapping["restapiId"];
      mapping.erase("restapiId");
    }
    mapping["basePath"] = base_path(text_of(mapping, "basePath"));
    TRY_VOID(check_target(txn, scope, mapping));
    txn.erase(storage::Family::meta, part_key(scope, "mapping", domain, former));
    storage::put_document(txn, part_key(scope, "mapping", domain, text_of(mapping, "basePath")), mapping);
    return mapping;
  });
}

Result<Json> remove_mapping(Gateway& gateway, const Call& call) {
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json mapping, load_mapping(txn, call));
    txn.erase(storage::Family::meta,
              part_key(scope_of(call), "mapping", text_of(call.input, "domainName"), text_of(mapping, "basePath")));
    return Json();
  });
}

}  // namespace

Operations domain_operations(Gateway& gateway) {
  static const Shape shape = structure({required("domainName", string()), optional("tags", map(string()))});
  static const Shape mapping = structure({required("restApiId", string())});
  return {operation(gateway, "CreateDomainName", {"POST", kAll, 201}, create, &shape),
          operation(gateway, "GetDomainName", {"GET", kOne, 200}, get),
          operation(gateway, "GetDomainNames", {"GET", kAll, 200}, get_all),
          operation(gateway, "UpdateDomainName", {"PATCH", kOne, 200}, update),
          operation(gateway, "DeleteDomainName", {"DELETE", kOne, 202}, remove),
          operation(gateway, "CreateBasePathMapping", {"POST", kMappings, 201}, create_mapping, &mapping),
          operation(gateway, "GetBasePathMapping", {"GET", kMapping, 200}, get_mapping),
          operation(gateway, "GetBasePathMappings", {"GET", kMappings, 200}, get_mappings),
          operation(gateway, "UpdateBasePathMapping", {"PATCH", kMapping, 200}, update_mapping),
          operation(gateway, "DeleteBasePathMapping", {"DELETE", kMapping, 202}, remove_mapping)};
}

}  // namespace millrace::apigateway::rest
