// Domain names and API mappings of version 2. They are version 1's domain names and base path mappings (rest/domains.cc)
// under other names: what is made by one shows in the other.

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/operations.h"
#include "emulator/services/apigateway/rest/domain_store.h"

namespace millrace::apigateway {

using namespace protocol;

namespace {

constexpr const char* kAll = "/v2/domainnames";
constexpr const char* kOne = "/v2/domainnames/{domainName}";
constexpr const char* kMappings = "/v2/domainnames/{domainName}/apimappings";
constexpr const char* kMapping = "/v2/domainnames/{domainName}/apimappings/{apiMappingId}";

const Shape& configuration_shape() {
  static const Shape shape = list(
      structure({optional("certificateArn", string()), optional("endpointType", string().one_of({"REGIONAL", "EDGE"})),
                 optional("securityPolicy", string().one_of({"TLS_1_0", "TLS_1_2"}))}));
  return shape;
}

Json shown_domain(const Json& stored, const Scope& scope) {
  const std::string name = text_of(stored, "domainName");
  Json configuration = Json::object();
  const bool edge = find(stored, "distributionDomainName") != nullptr;
  configuration["apiGatewayDomainName"] = text_of(stored, edge ? "distributionDomainName" : "regionalDomainName");
  for (const char* member : {"regionalCertificateArn", "certificateArn"}) {
    if (const std::string arn = text_of(stored, member); !arn.empty()) configuration["certificateArn"] = arn;
  }
  configuration["domainNameStatus"] = "AVAILABLE";
  configuration["endpointType"] = edge ? "EDGE" : "REGIONAL";
  configuration["hostedZoneId"] = text_of(stored, edge ? "distributionHostedZoneId" : "regionalHostedZoneId");
  const Json* endpoint = find(stored, "endpointConfiguration");
  configuration["ipAddressType"] = endpoint ? text_of(*endpoint, "ipAddressType", "ipv4") : "ipv4";
  configuration["securityPolicy"] = text_of(stored, "securityPolicy", "TLS_1_2");
  Json out = {{"apiMappingSelectionExpression", "$request.basepath"},
              {"domainName", name},
              {"domainNameArn", "arn:aws:apigateway:" + scope.region + "::/domainnames/" + name},
              {"domainNameConfigurations", Json::array()},
              {"routingMode", text_of(stored, "routingMode", "API_MAPPING_ONLY")}};
  out["domainNameConfigurations"].push_back(std::move(configuration));
  for (const char* member : {"mutualTlsAuthentication", "tags"}) {
    if (const Json* value = find(stored, member)) out[member] = *value;
  }
  return out;
}

/// Version 2's members as version 1 keeps them.
void take_configuration(const Json& input, Json& into) {
  if (const Json* mode = find(input, "routingMode")) into["routingMode"] = *mode;
  if (const Json* mutual = find(input, "mutualTlsAuthentication")) {
    into["mutualTlsAuthentication"] = *mutual;
    if (text_of(*mutual, "truststoreUri").empty()) into.erase("mutualTlsAuthentication");  // an empty one turns it off
  }
  const Json* all = find(input, "domainNameConfigurations");
  if (!all || !all->is_array() || all->empty()) return;
  const Json& given = all->front();
  const std::string type = text_of(given, "endpointType", "REGIONAL");
  into["endpointConfiguration"]["types"] = Json::array({type});
  if (const Json* kind = find(given, "ipAddressType")) into["endpointConfiguration"]["ipAddressType"] = *kind;
  if (const Json* arn = find(given, "certificateArn"))
    into[type == "EDGE" ? "certificateArn" : "regionalCertificateArn"] = *arn;
  for (const char* member : {"securityPolicy", "ownershipVerificationCertificateArn"}) {
    if (const Json* value = find(given, member)) into[member] = *value;
  }
}

Result<Json> create(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  Json input = {{"domainName", text_of(call.input, "domainName")},
                {"routingMode", text_of(call.input, "routingMode", "API_MAPPING_ONLY")},
                {"endpointConfiguration", {{"types", Json::array({"REGIONAL"})}}}};
  take_configuration(call.input, input);
  if (const Json* tags = find(call.input, "tags")) input["tags"] = *tags;
  auto shown = gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(const Json made, rest::create_domain_in(gateway, txn, scope, input));
    return shown_domain(made, scope);
  });
  if (!shown.has_error()) gateway.domains.add(text_of(*shown, "domainName"));
  return shown;
}

Result<Json> load(const storage::Reader& reader, const Call& call) {
  return rest::load_domain(reader, scope_of(call), text_of(call.input, "domainName"));
}

Result<Json> update(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json stored, load(txn, call));
    take_configuration(call.input, stored);
    storage::put_document(txn, rest::own_key(scope, "domain", text_of(stored, "domainName")), stored);
    return shown_domain(stored, scope);
  });
}

Json shown_mapping(const Json& stored) {
  const std::string base = text_of(stored, "basePath");
  return {{"apiId", text_of(stored, "restApiId")},
          {"apiMappingId", text_of(stored, "_id")},
          {"apiMappingKey", base == "(none)" ? "" : base},
          {"stage", text_of(stored, "stage")}};
}

Result<Json> load_mapping(const storage::Reader& reader, const Call& call) {
  TRY(const Json domain, load(reader, call));
  const std::string id = text_of(call.input, "apiMappingId");
  for (Json& one :
       storage::list_documents(reader, children_prefix(scope_of(call), "mapping", text_of(domain, "domainName")))) {
    if (text_of(one, "_id") == id) return std::move(one);
  }
  return errors::not_found("ApiMapping", id);
}

/// The API and its stage are there, of whichever kind.
Result<void> check_target(const storage::Reader& reader, const Scope& scope, const Json& mapping) {
  const std::string api = text_of(mapping, "restApiId"), stage = text_of(mapping, "stage");
  const bool is_rest = storage::get_document(reader, rest::rest_key(scope, api)).has_value();
  if (!is_rest && !storage::get_document(reader, api_key(scope, api)))
    return errors::bad_request("Invalid API identifier specified " + scope.account + ":" + api);
  if (!storage::get_document(reader, child_key(scope, is_rest ? rest::kStage : "stage", api, stage)))
    return errors::bad_request("Invalid stage identifier specified");
  return {};
}

/// Puts a mapping under its key, which no other may have.
Result<Json> put_mapping(storage::Txn& txn, const Scope& scope, const std::string& domain, const std::string& former,
                         const Json& mapping) {
  TRY_VOID(check_target(txn, scope, mapping));
  const std::string base = text_of(mapping, "basePath"), key = child_key(scope, "mapping", domain, base);
  if (base != former && storage::get_document(txn, key))
    return errors::conflict("ApiMapping key already exists for this domain name");
  if (!former.empty()) txn.erase(storage::Family::meta, child_key(scope, "mapping", domain, former));
  storage::put_document(txn, key, mapping);
  return shown_mapping(mapping);
}

std::string base_of(const std::string& key) {
  return key.empty() ? "(none)" : key;
}

Result<Json> create_mapping(Gateway& gateway, const Call& call) {
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(const Json domain, load(txn, call));
    const Json mapping = {{"basePath", base_of(text_of(call.input, "apiMappingKey"))},
                          {"restApiId", text_of(call.input, "apiId")},
                          {"stage", text_of(call.input, "stage")},
                          {"_id", gateway.new_id(6)}};
    return put_mapping(txn, scope_of(call), text_of(domain, "domainName"), "", mapping);
  });
}

Result<Json> update_mapping(Gateway& gateway, const Call& call) {
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json mapping, load_mapping(txn, call));
    const std::string former = text_of(mapping, "basePath");
    if (find(call.input, "apiMappingKey")) mapping["basePath"] = base_of(text_of(call.input, "apiMappingKey"));
    if (const Json* api = find(call.input, "apiId")) mapping["restApiId"] = *api;
    if (const Json* stage = find(call.input, "stage")) mapping["stage"] = *stage;
    return put_mapping(txn, scope_of(call), text_of(call.input, "domainName"), former, mapping);
  });
}

Result<Json> remove_mapping(Gateway& gateway, const Call& call) {
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(const Json mapping, load_mapping(txn, call));
    txn.erase(storage::Family::meta,
              child_key(scope_of(call), "mapping", text_of(call.input, "domainName"), text_of(mapping, "basePath")));
    return Json();
  });
}

Result<Json> get_mappings(Gateway& gateway, const Call& call) {
  TRY_VOID(load(gateway.context.store, call));
  std::vector<Json> all;
  for (const Json& one : storage::list_documents(
           gateway.context.store, children_prefix(scope_of(call), "mapping", text_of(call.input, "domainName"))))
    all.push_back(shown_mapping(one));
  std::sort(all.begin(), all.end(),
            [](const Json& a, const Json& b) { return text_of(a, "apiMappingId") < text_of(b, "apiMappingId"); });
  return page_of(all, "apiMappingId", call);
}

}  // namespace

std::vector<Operation> domain_operations(Gateway& gateway) {
  static const Shape create_shape =
      structure({required("domainName", string().length(1, 512)),
                 optional("domainNameConfigurations", configuration_shape()), optional("tags", map(string()))});
  static const Shape update_shape = structure({optional("domainNameConfigurations", configuration_shape())});
  static const Shape mapping_shape = structure(
      {required("apiId", string()), required("stage", string()), optional("apiMappingKey", string().length(0, 1024))});
  static const auto get = [](Gateway& own, const Call& call) -> Result<Json> {
    TRY(const Json stored, load(own.context.store, call));
    return shown_domain(stored, scope_of(call));
  };
  static const auto get_all = [](Gateway& own, const Call& call) -> Result<Json> {
    std::vector<Json> all;
    for (const Json& one : storage::list_documents(own.context.store, rest::own_prefix(scope_of(call), "domain")))
      all.push_back(shown_domain(one, scope_of(call)));
    return page_of(all, "domainName", call);
  };
  static const auto remove = [](Gateway& own, const Call& call) -> Result<Json> {
    const std::string name = to_lower(text_of(call.input, "domainName"));
    auto gone = own.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY_VOID(rest::remove_domain_in(txn, scope_of(call), name));
      return Json();
    });
    if (!gone.has_error()) own.domains.remove(name);
    return gone;
  };
  static const auto get_mapping = [](Gateway& own, const Call& call) -> Result<Json> {
    TRY(const Json mapping, load_mapping(own.context.store, call));
    return shown_mapping(mapping);
  };
  return {v2_operation(gateway, "CreateDomainName", {"POST", kAll, 201}, create, &create_shape),
          v2_operation(gateway, "GetDomainName", {"GET", kOne, 200}, get),
          v2_operation(gateway, "GetDomainNames", {"GET", kAll, 200}, get_all),
          v2_operation(gateway, "UpdateDomainName", {"PATCH", kOne, 200}, update, &update_shape),
          v2_operation(gateway, "DeleteDomainName", {"DELETE", kOne, 204}, remove),
          v2_operation(gateway, "CreateApiMapping", {"POST", kMappings, 201}, create_mapping, &mapping_shape),
          v2_operation(gateway, "GetApiMapping", {"GET", kMapping, 200}, get_mapping),
          v2_operation(gateway, "GetApiMappings", {"GET", kMappings, 200}, get_mappings),
          v2_operation(gateway, "UpdateApiMapping", {"PATCH", kMapping, 200}, update_mapping),
          v2_operation(gateway, "DeleteApiMapping", {"DELETE", kMapping, 204}, remove_mapping)};
}

}  // namespace millrace::apigateway
