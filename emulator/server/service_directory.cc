#include "emulator/server/service_directory.h"

#include <algorithm>

namespace millrace::server {

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

}  // namespace

ServiceDirectory::ServiceDirectory(const std::vector<Room>& rooms, protocol::OwnNames names)
    : names_(std::move(names)) {
  for (const Room& room : rooms) faces_.insert(faces_.end(), room.faces.begin(), room.faces.end());
  for (const Face& face : faces_) {
    protocol::Service* service = face.service.get();
    for (const std::string& scope : face.scopes) by_scope_.try_emplace(scope, service);
    for (const std::string& target : face.targets) by_target_.try_emplace(target, service);
    for (const std::string& version : face.versions) by_version_.try_emplace(version, service);
    if (!face.scopes.empty()) scopes_.emplace(service, face.scopes.front());
    if (face.owns) owners_.push_back(&face);
    if (face.claims) claimers_.push_back(&face);
    if (face.owns_host) hosts_.push_back(&face);
    if (!face.health.empty()) endpoint_ = &face;
    if (face.takes_the_rest) rest_ = &face;
  }
}

std::string ServiceDirectory::scope_of(const protocol::Service* service) const {
  auto found = scopes_.find(service);
  return found == scopes_.end() ? "" : found->second;
}

bool ServiceDirectory::is_endpoint(const protocol::HttpRequest& request) const {
  const auto host = names_.parts(request.headers.get("host"));
  if (!host || host->labels.empty()) return true;
  return host->aws &&
         std::none_of(hosts_.begin(), hosts_.end(), [&](const Face* face) { return face->owns_host(*host); });
}

const std::string* ServiceDirectory::health(const protocol::HttpRequest& request,
                                            const protocol::Credential& credential) const {
  if (request.method != "GET" || request.target != "/" || !endpoint_) return nullptr;
  const bool asked =
      request.headers.has("authorization") ? credential.service == endpoint_->scopes.front() : is_endpoint(request);
  return asked ? &endpoint_->health : nullptr;
}

protocol::Service* ServiceDirectory::find(const protocol::HttpRequest& request,
                                          const protocol::Credential* credential) const {
  for (const Face* face : owners_) {
    if (face->owns(request)) return face->service.get();
  }
  std::string_view target = request.headers.get("x-amz-target");
  if (!target.empty()) {
    auto it = by_target_.find(std::string(target.substr(0, target.find('.'))));
    if (it != by_target_.end()) return it->second;
  }
  if (credential && !credential->service.empty()) {
    auto it = by_scope_.find(credential->service);
    return it == by_scope_.end() ? nullptr : it->second;
  }
  return find_unsigned(request);
}

protocol::Service* ServiceDirectory::find_unsigned(const protocol::HttpRequest& request) const {
  if (endpoint_ && is_preflight(request) && is_endpoint(request)) return endpoint_->service.get();
  if (is_form(request)) {
    for (const auto& [name, value] : protocol::parse_query(request.body)) {
      if (name != "Version") continue;
      auto it = by_version_.find(value);
      if (it != by_version_.end()) return it->second;
    }
  }
  for (const Face* face : claimers_) {
    if (face->claims(request)) return face->service.get();
  }
  return rest_ ? rest_->service.get() : nullptr;
}

}  // namespace millrace::server
