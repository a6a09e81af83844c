// What version 1 has and we don't: answered with 501, by name.

#include "emulator/services/apigateway/rest/operations.h"

namespace millrace::apigateway::rest {

namespace {

struct Unbuilt {
  const char* name;
  const char* verb;
  const char* path;
};

constexpr Unbuilt kUnbuilt[] = {
    {"CreateDocumentationPart", "POST", "/restapis/{id}/documentation/parts"},
    {"CreateDocumentationVersion", "POST", "/restapis/{id}/documentation/versions"},
    {"CreateVpcLink", "POST", "/vpclinks"},
    {"DeleteClientCertificate", "DELETE", "/clientcertificates/{certificate}"},
    {"DeleteDocumentationPart", "DELETE", "/restapis/{id}/documentation/parts/{part}"},
    {"DeleteDocumentationVersion", "DELETE", "/restapis/{id}/documentation/versions/{version}"},
    {"DeleteVpcLink", "DELETE", "/vpclinks/{link}"},
    {"GenerateClientCertificate", "POST", "/clientcertificates"},
    {"GetClientCertificate", "GET", "/clientcertificates/{certificate}"},
    {"GetClientCertificates", "GET", "/clientcertificates"},
    {"GetDocumentationPart", "GET", "/restapis/{id}/documentation/parts/{part}"},
    {"GetDocumentationParts", "GET", "/restapis/{id}/documentation/parts"},
    {"GetDocumentationVersion", "GET", "/restapis/{id}/documentation/versions/{version}"},
    {"GetDocumentationVersions", "GET", "/restapis/{id}/documentation/versions"},
    {"GetExport", "GET", "/restapis/{id}/stages/{stage}/exports/{type}"},
    {"GetModelTemplate", "GET", "/restapis/{id}/models/{model}/default_template"},
    {"GetSdk", "GET", "/restapis/{id}/stages/{stage}/sdks/{type}"},
    {"GetSdkType", "GET", "/sdktypes/{type}"},
    {"GetSdkTypes", "GET", "/sdktypes"},
    {"GetUsage", "GET", "/usageplans/{plan}/usage"},
    {"GetVpcLink", "GET", "/vpclinks/{link}"},
    {"GetVpcLinks", "GET", "/vpclinks"},
    {"ImportDocumentationParts", "PUT", "/restapis/{id}/documentation/parts"},
    {"TestInvokeAuthorizer", "POST", "/restapis/{id}/authorizers/{authorizer}"},
    {"TestInvokeMethod", "POST", "/restapis/{id}/resources/{resource}/methods/{verb}"},
    {"UpdateClientCertificate", "PATCH", "/clientcertificates/{certificate}"},
    {"UpdateDocumentationPart", "PATCH", "/restapis/{id}/documentation/parts/{part}"},
    {"UpdateDocumentationVersion", "PATCH", "/restapis/{id}/documentation/versions/{version}"},
    {"UpdateUsage", "PATCH", "/usageplans/{plan}/keys/{key}/usage"},
    {"UpdateVpcLink", "PATCH", "/vpclinks/{link}"}};

}  // namespace

Operations unbuilt_operations(Gateway& gateway) {
  Operations out;
  for (const Unbuilt& one : kUnbuilt) {
    const char* name = one.name;
    out.push_back(
        operation(gateway, name, {one.verb, one.path, 501}, [name](Gateway&, const protocol::Call&) -> Result<Json> {
          return apigateway::errors::not_built("The operation " + std::string(name));
        }));
  }
  return out;
}

Operations all_operations(Gateway& gateway) {
  Operations out;
  for (const auto& family :
       {api_operations, import_operations, resource_operations, method_operations, integration_operations,
        part_operations, gateway_response_operations, deployment_operations, stage_operations, key_operations,
        plan_operations, account_operations, domain_operations, unbuilt_operations}) {
    for (protocol::Operation& operation : family(gateway)) out.push_back(std::move(operation));
  }
  return out;
}

}  // namespace millrace::apigateway::rest
