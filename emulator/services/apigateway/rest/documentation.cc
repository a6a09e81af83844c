// Documentation parts and versions, client certificates: kept and shown.

#include "emulator/services/apigateway/rest/operations.h"
#include "emulator/services/apigateway/rest/patch.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

constexpr const char* kParts = "/restapis/{restApiId}/documentation/parts";
constexpr const char* kPart = "/restapis/{restApiId}/documentation/parts/{partId}";
constexpr const char* kVersions = "/restapis/{restApiId}/documentation/versions";
constexpr const char* kVersion = "/restapis/{restApiId}/documentation/versions/{documentationVersion}";
constexpr const char* kNoPart = "Invalid Documentation part identifier specified";
constexpr const char* kNoVersion = "Invalid Documentation version specified";

Result<Json> put_doc_part(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                          const Json& input) {
  const Json* location = find(input, "location");
  const std::string properties = text_of(input, "properties");
  if (!location || text_of(*location, "type").empty() || properties.empty())
    return errors::bad_request("Documentation part location and properties must not be null");  // unverified: the words
  for (const Json& other : storage::list_documents(txn, children_prefix(scope, kDocumentationPart, api))) {
    if (other.at("location") == *location)
      return errors::conflict("Documentation part already exists for the specified location");  // unverified: the words
  }
  Json part = {{"id", gateway.new_id(6)}, {"location", *location}, {"properties", properties}};
  put_part(txn, scope, kDocumentationPart, api, text_of(part, "id"), part);
  return part;
}

Result<Json> create_part(Gateway& gateway, const Call& call) {
  const std::string api = text_of(call.input, "restApiId");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY_VOID(load_rest_api(txn, scope_of(call), api));
    return put_doc_part(gateway, txn, scope_of(call), api, call.input);
  });
}

Result<Json> load_doc(const storage::Reader& reader, const Call& call, const char* kind, const char* member,
                      const char* missing) {
  return load_part(reader, scope_of(call), kind, text_of(call.input, "restApiId"), text_of(call.input, member),
                   missing);
}

Result<Json> get_parts(Gateway& gateway, const Call& call) {
  const std::string api = text_of(call.input, "restApiId"), type = query_value(call.query, "type").value_or("");
  const std::string path = query_value(call.query, "path").value_or(""),
                    name = query_value(call.query, "name").value_or("");
  TRY_VOID(load_rest_api(gateway.context.store, scope_of(call), api));
  std::vector<Json> all =
      storage::list_documents(gateway.context.store, children_prefix(scope_of(call), kDocumentationPart, api));
  std::erase_if(all, [&](const Json& one) {
    const Json& location = one.at("location");
    return (!type.empty() && text_of(location, "type") != type) ||
           (!path.empty() && text_of(location, "path") != path) || (!name.empty() && text_of(location, "name") != name);
  });
  return items_of(all, "id", call);
}

/// Where a part or a version is kept, which of the path's members names it, and what is said where there is none.
struct Place {
  const char* kind;
  const char* member;
  const char* missing;
};

Result<Json> update_doc(Gateway& gateway, const Call& call, const Place& place, const std::string& input_name,
                        const std::vector<PatchRule>& rules) {
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json document, load_doc(txn, call, place.kind, place.member, place.missing));
    TRY_VOID(apply_patches(document, call.input, input_name, rules));
    put_part(txn, scope_of(call), place.kind, text_of(call.input, "restApiId"), text_of(call.input, place.member),
             document);
    return shown(document);
  });
}

Result<Json> remove_doc(Gateway& gateway, const Call& call, const char* kind, const char* member, const char* missing) {
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY_VOID(load_doc(txn, call, kind, member, missing));
    txn.erase(storage::Family::meta,
              part_key(scope_of(call), kind, text_of(call.input, "restApiId"), text_of(call.input, member)));
    return Json();
  });
}

/// A body of {"documentationParts": [{"location", "properties"}]}; `mode=overwrite` takes away what was there.
Result<Json> import_documentation(Gateway& gateway, const Call& call) {
  const std::string api = text_of(call.input, "restApiId");
  auto parsed = parse_json(call.http.body);
  const Json* given = parsed ? find(*parsed, "documentationParts") : nullptr;
  if (parsed && !given) {
    if (const Json* inside = find(*parsed, "x-amazon-apigateway-documentation"))
      given = find(*inside, "documentationParts");
  }
  if (!given || !given->is_array()) return errors::bad_request("Invalid documentation parts input.");  // unverified
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY_VOID(load_rest_api(txn, scope_of(call), api));
    if (query_value(call.query, "mode") == "overwrite") erase_parts(txn, scope_of(call), api, {kDocumentationPart});
    TRY(Json ids, import_documentation_in(gateway, txn, scope_of(call), api, *given));
    return Json{{"ids", std::move(ids)}, {"warnings", Json::array()}};
  });
}

Result<Json> create_version(Gateway& gateway, const Call& call) {
  const std::string api = text_of(call.input, "restApiId"), version = text_of(call.input, "documentationVersion");
  const Scope scope = scope_of(call);
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY_VOID(load_rest_api(txn, scope, api));
    if (storage::get_document(txn, part_key(scope, kDocumentationVersion, api, version)))
      return errors::conflict("Documentation version already exists: " + version);  // unverified: the words
    Json document = {{"version", version}, {"createdDate", now_s(gateway)}};
    copy_given(document, call.input, {"description"});
    put_part(txn, scope, kDocumentationVersion, api, version, document);
    const std::string name = text_of(call.input, "stageName");
    auto stage = name.empty() ? std::nullopt : storage::get_document(txn, part_key(scope, kStage, api, name));
    if (!name.empty() && !stage) return errors::not_found("Invalid stage identifier specified");
    if (stage) {
      (*stage)["documentationVersion"] = version;
      put_part(txn, scope, kStage, api, name, *stage);
    }
    return document;
  });
}

Result<Json> get_versions(Gateway& gateway, const Call& call) {
  const std::string api = text_of(call.input, "restApiId");
  TRY_VOID(load_rest_api(gateway.context.store, scope_of(call), api));
  return items_of(
      storage::list_documents(gateway.context.store, children_prefix(scope_of(call), kDocumentationVersion, api)),
      "version", call);
}

// Client certificates: backends of HTTP integrations aren't shown them.

constexpr Millis kYearMs = 365LL * 86'400'000;

Result<Json> load_certificate(const storage::Reader& reader, const Call& call) {
  auto document =
      storage::get_document(reader, own_key(scope_of(call), "certificate", text_of(call.input, "clientCertificateId")));
  if (!document) return errors::not_found("Invalid Client Certificate identifier specified");  // unverified: the words
  return std::move(*document);
}

Result<Json> generate_certificate(Gateway& gateway, const Call& call) {
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    Json certificate = {{"clientCertificateId", gateway.new_id(6)}};
    copy_given(certificate, call.input, {"description"});
    // A name for the bytes, not a certificate: nothing here speaks TLS with it.
    certificate["pemEncodedCertificate"] =
        "-----BEGIN CERTIFICATE-----\n" + gateway.new_id(64) + "\n-----END CERTIFICATE-----";
    certificate["createdDate"] = now_s(gateway);
    certificate["expirationDate"] = now_s(gateway) + kYearMs / 1000;
    copy_given(certificate, call.input, {"tags"});
    storage::put_document(txn, own_key(scope_of(call), "certificate", text_of(certificate, "clientCertificateId")),
                          certificate);
    return certificate;
  });
}

Result<Json> update_certificate(Gateway& gateway, const Call& call) {
  static const std::vector<PatchRule> rules = {{"/description", "r", As::optional}};
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json document, load_certificate(txn, call));
    TRY_VOID(apply_patches(document, call.input, "updateClientCertificateInput", rules));
    storage::put_document(txn, own_key(scope_of(call), "certificate", text_of(document, "clientCertificateId")),
                          document);
    return shown(document);
  });
}

Result<Json> remove_certificate(Gateway& gateway, const Call& call) {
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(const Json document, load_certificate(txn, call));
    txn.erase(storage::Family::meta, own_key(scope_of(call), "certificate", text_of(document, "clientCertificateId")));
    return Json();
  });
}

Operations certificate_operations(Gateway& gateway) {
  constexpr const char* kAll = "/clientcertificates";
  constexpr const char* kOne = "/clientcertificates/{clientCertificateId}";
  return {operation(gateway, "GenerateClientCertificate", {"POST", kAll, 201}, generate_certificate),
          operation(gateway, "GetClientCertificate", {"GET", kOne, 200},
                    [](Gateway& own, const Call& call) { return load_certificate(own.context.store, call); }),
          operation(gateway, "GetClientCertificates", {"GET", kAll, 200},
                    [](Gateway& own, const Call& call) {
                      return items_of(
                          storage::list_documents(own.context.store, own_prefix(scope_of(call), "certificate")),
                          "clientCertificateId", call);
                    }),
          operation(gateway, "UpdateClientCertificate", {"PATCH", kOne, 200}, update_certificate),
          operation(gateway, "DeleteClientCertificate", {"DELETE", kOne, 202}, remove_certificate)};
}

}  // namespace

Result<Json> import_documentation_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                                     const Json& parts) {
  Json ids = Json::array();
  for (const Json& given : parts) {
    Json input = given.is_object() ? given : Json::object();
    // In documents the properties are JSON, in the API they are its text.
    if (const Json* properties = find(input, "properties"); properties && !properties->is_string())
      input["properties"] = to_text(*properties);
    for (const Json& other : storage::list_documents(txn, children_prefix(scope, kDocumentationPart, api))) {
      const Json* location = find(input, "location");
      if (location && other.at("location") == *location)
        txn.erase(storage::Family::meta, part_key(scope, kDocumentationPart, api, text_of(other, "id")));
    }
    TRY(const Json made, put_doc_part(gateway, txn, scope, api, input));
    ids.push_back(made.at("id"));
  }
  return ids;
}

Operations documentation_operations(Gateway& gateway) {
  static const Shape part_shape =
      structure({required("location", structure({required("type", string()), optional("path", string()),
                                                 optional("method", string()), optional("statusCode", string()),
                                                 optional("name", string())})),
                 required("properties", string())});
  static const Shape version_shape = structure(
      {required("documentationVersion", string()), optional("stageName", string()), optional("description", string())});
  static const std::vector<PatchRule> part_rules = {{"/properties", "r"}};
  static const std::vector<PatchRule> version_rules = {{"/description", "r", As::optional}};
  Operations out = {
      operation(gateway, "CreateDocumentationPart", {"POST", kParts, 201}, create_part, &part_shape),
      operation(gateway, "GetDocumentationPart", {"GET", kPart, 200},
                [](Gateway& own, const Call& call) {
                  return load_doc(own.context.store, call, kDocumentationPart, "partId", kNoPart);
                }),
      operation(gateway, "GetDocumentationParts", {"GET", kParts, 200}, get_parts),
      operation(gateway, "ImportDocumentationParts", {"PUT", kParts, 200}, import_documentation),
      operation(gateway, "UpdateDocumentationPart", {"PATCH", kPart, 200},
                [](Gateway& own, const Call& call) {
                  return update_doc(own, call, {kDocumentationPart, "partId", kNoPart}, "updateDocumentationPartInput",
                                    part_rules);
                }),
      operation(
          gateway, "DeleteDocumentationPart", {"DELETE", kPart, 202},
          [](Gateway& own, const Call& call) { return remove_doc(own, call, kDocumentationPart, "partId", kNoPart); }),
      operation(gateway, "CreateDocumentationVersion", {"POST", kVersions, 201}, create_version, &version_shape),
      operation(gateway, "GetDocumentationVersion", {"GET", kVersion, 200},
                [](Gateway& own, const Call& call) {
                  return load_doc(own.context.store, call, kDocumentationVersion, "documentationVersion", kNoVersion);
                }),
      operation(gateway, "GetDocumentationVersions", {"GET", kVersions, 200}, get_versions),
      operation(gateway, "UpdateDocumentationVersion", {"PATCH", kVersion, 200},
                [](Gateway& own, const Call& call) {
                  return update_doc(own, call, {kDocumentationVersion, "documentationVersion", kNoVersion},
                                    "updateDocumentationVersionInput", version_rules);
                }),
      operation(gateway, "DeleteDocumentationVersion", {"DELETE", kVersion, 202}, [](Gateway& own, const Call& call) {
        return remove_doc(own, call, kDocumentationVersion, "documentationVersion", kNoVersion);
      })};
  for (Operation& one : out) {
    if (one.name == "ImportDocumentationParts") one.rest[0].raw_body = true;
  }
  for (Operation& one : certificate_operations(gateway)) out.push_back(std::move(one));
  return out;
}

}  // namespace millrace::apigateway::rest
