// Domain names and base path mappings. Requests whose Host is such a name are their mapping's (custom_domains.h).

#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/rest/domain_store.h"
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
  return load_domain(reader, scope_of(call), text_of(call.input, "domainName"));
}

Result<Json> create(Gateway& gateway, const Call& call) {
  auto made = change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    return create_domain_in(gateway, txn, scope_of(call), call.input);
  });
  if (!made.has_error()) gateway.domains.add(text_of(*made, "domainName"));
  return made;
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
                                               {"/mutualTlsAuthentication/truststoreUri", "r", As::optional},
                                               {"/mutualTlsAuthentication/truststoreVersion", "r"}};
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json domain, load(txn, call));
    TRY_VOID(apply_patches(domain, call.input, "updateDomainNameInput", rules));
    // An empty truststore turns mutual TLS off, as Terraform does.
    if (const Json* mutual = find(domain, "mutualTlsAuthentication"); mutual && !find(*mutual, "truststoreUri"))
      domain.erase("mutualTlsAuthentication");
    storage::put_document(txn, own_key(scope_of(call), "domain", text_of(domain, "domainName")), domain);
    return domain;
  });
}

Result<Json> remove(Gateway& gateway, const Call& call) {
  const std::string name = text_of(call.input, "domainName");
  auto gone = change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY_VOID(remove_domain_in(txn, scope_of(call), name));
    return Json();
  });
  if (!gone.has_error()) gateway.domains.remove(to_lower(name));
  return gone;
}

/// No base path is written `(none)`.
std::string base_path(const std::string& given) {
  return given.empty() ? "(none)" : given;
}

Result<void> check_target(const storage::Reader& reader, const Scope& scope, const Json& mapping) {
  const std::string api = text_of(mapping, "restApiId"), stage = text_of(mapping, "stage");
  const bool other = storage::get_document(reader, api_key(scope, api)).has_value();  // made by version 2
  if (!other && !storage::get_document(reader, rest_key(scope, api)))
    return errors::bad_request("Invalid REST API identifier specified");
  if (!other && !stage.empty() && !storage::get_document(reader, part_key(scope, kStage, api, stage)))
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
    Json stored = mapping;
    stored["_id"] = gateway.new_id(6);
    storage::put_document(txn, key, stored);
    return mapping;
  });
}

Result<Json> get_mapping(Gateway& gateway, const Call& call) {
  TRY(const Json mapping, load_mapping(gateway.context.store, call));
  return shown(mapping);
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
    return shown(mapping);
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

Result<Json> load_domain(const storage::Reader& reader, const Scope& scope, const std::string& name) {
  auto document = storage::get_document(reader, own_key(scope, "domain", to_lower(name)));
  if (!document) return errors::not_found("Invalid domain name identifier specified");
  return std::move(*document);
}

Result<Json> create_domain_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const Json& input) {
  const std::string name = to_lower(text_of(input, "domainName"));
  if (storage::get_document(txn, domain_way_back_key(name)))
    return errors::bad_request("The domain name you provided already exists.");
  Json domain = {{"domainName", name}};
  copy_given(domain, input,
             {"certificateName", "certificateArn", "regionalCertificateName", "regionalCertificateArn",
              "ownershipVerificationCertificateArn"});
  Json endpoint = input.value("endpointConfiguration", Json::object());
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
  domain["securityPolicy"] = text_of(input, "securityPolicy", "TLS_1_2");
  domain["routingMode"] = text_of(input, "routingMode", "BASE_PATH_MAPPING_ONLY");
  if (const Json* mutual = find(input, "mutualTlsAuthentication")) domain["mutualTlsAuthentication"] = *mutual;
  copy_given(domain, input, {"tags"});
  storage::put_document(txn, own_key(scope, "domain", name), domain);
  storage::put_document(txn, domain_way_back_key(name),
                        {{"name", name}, {"account", scope.account}, {"region", scope.region}});
  return domain;
}

Result<void> remove_domain_in(storage::Txn& txn, const Scope& scope, const std::string& given) {
  const std::string name = to_lower(given);
  TRY_VOID(load_domain(txn, scope, name));
  const std::string mappings = children_prefix(scope, "mapping", name);
  txn.erase_range(storage::Family::meta, mappings, storage::prefix_end(mappings));
  txn.erase(storage::Family::meta, own_key(scope, "domain", name));
  txn.erase(storage::Family::meta, domain_way_back_key(name));
  return {};
}

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
