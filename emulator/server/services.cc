#include "emulator/server/services.h"

#include "emulator/services/lambda/service.h"
#include "emulator/services/s3/service.h"

namespace millrace::server {

void ServiceDirectory::add(std::string name, std::shared_ptr<protocol::Service> service) {
  by_name_[std::move(name)] = std::move(service);
}
void ServiceDirectory::add_target(std::string prefix, std::shared_ptr<protocol::Service> service) {
  by_target_[std::move(prefix)] = std::move(service);
}
void ServiceDirectory::add_version(std::string version, std::shared_ptr<protocol::Service> service) {
  by_version_[std::move(version)] = std::move(service);
}

protocol::Service* ServiceDirectory::by_name(const std::string& name) const {
  auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second.get();
}

std::string ServiceDirectory::scope_of(const protocol::HttpRequest& request, const protocol::Service* service) const {
  for (const auto& [name, one] : by_name_) {
    if (one.get() == service) return name == "lambda-url" ? "lambda" : name == "s3-control" ? "s3" : name;
  }
  // Faces that are found by their targets alone.
  const std::string_view target = request.headers.get("x-amz-target");
  if (target.starts_with("DynamoDBStreams_")) return "dynamodb";
  if (target.starts_with("AmazonSQS.")) return "sqs";
  return "";
}

namespace {

bool is_form(const protocol::HttpRequest& request) {
  return request.method == "POST" &&
         request.headers.get("content-type").starts_with("application/x-www-form-urlencoded");
}

/// A browser asks at the endpoint itself before it sends a page's call: it can't say of which service. Those that are called
/// there and not by paths all answer alike.
bool is_preflight(const protocol::HttpRequest& request) {
  return request.method == "OPTIONS" && request.raw_path() == "/" && request.headers.has("origin");
}

/// Lambda's paths begin with the API's date: /2015-03-31/...
bool has_dated_path(std::string_view path) {
  return path.size() > 11 && path[0] == '/' && path[5] == '-' && path[8] == '-' && path[11] == '/' &&
         path.substr(1, 4).find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

bool ServiceDirectory::is_endpoint(const protocol::HttpRequest& request) const {
  const auto host = names_.parts(request.headers.get("host"));
  if (!host || host->labels.empty()) return true;
  return host->aws && !host->has("lambda-url") && !host->has("execute-api") && !s3::is_bucket_host(*host);
}

protocol::Service* ServiceDirectory::find(const protocol::HttpRequest& request,
                                          const protocol::Credential* credential) const {
  if (lambda::is_function_url(request)) return by_name("lambda-url");
  if (s3::is_control_request(request)) return by_name("s3-control");
  std::string_view target = request.headers.get("x-amz-target");
  if (!target.empty()) {
    auto it = by_target_.find(std::string(target.substr(0, target.find('.'))));
    if (it != by_target_.end()) return it->second.get();
  }
  if (credential && !credential->service.empty()) {
    protocol::Service* service = by_name(credential->service);
    if (service) return service;
    return nullptr;
  }
  if (is_preflight(request) && is_endpoint(request)) return by_name("dynamodb");
  if (is_form(request)) {
    for (const auto& [name, value] : protocol::parse_query(request.body)) {
      if (name != "Version") continue;
      auto it = by_version_.find(value);
      if (it != by_version_.end()) return it->second.get();
    }
  }
  if (has_dated_path(request.raw_path())) return by_name("lambda");
  return by_name("s3");
}

}  // namespace millrace::server
