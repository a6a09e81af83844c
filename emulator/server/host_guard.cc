#include "emulator/server/host_guard.h"

#include "emulator/base/encoding.h"

namespace millrace::server {

std::string host_name(std::string_view host) {
  if (host.starts_with('['))
    return std::string(host.substr(1, host.find(']') == std::string_view::npos ? host.size() : host.find(']') - 1));
  return to_lower(host.substr(0, host.find(':')));
}

namespace {

bool is_ip_literal(std::string_view name) {
  return !name.empty() &&
         (name.find(':') != std::string_view::npos || name.find_first_not_of("0123456789.") == std::string_view::npos);
}

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> ends) {
  for (std::string_view end : ends) {
    if (name.ends_with(end)) return true;
  }
  return false;
}

}  // namespace

bool HostGuard::host_is_ours(std::string_view host) const {
  std::string name = host_name(host);
  // A literal address can't be rebound, and the names below resolve to this machine or to AWS, never to a stranger.
  if (name.empty() || is_ip_literal(name) || name == "localhost" || name == "host.docker.internal") return true;
  if (ends_with_any(name, {".localhost", ".amazonaws.com", ".on.aws", ".localhost.localdomain"})) return true;
  for (const std::string& more : more_hosts_) {
    if (name == more || name.ends_with("." + more)) return true;
  }
  return false;
}

std::string HostGuard::host_refusal(const protocol::HttpRequest& request) const {
  std::string_view host = request.headers.get("host");
  if (host_is_ours(host)) return "";
  return "The host name '" + std::string(host) + "' is none of this emulator's. Start it with --allow-host to add it.";
}

}  // namespace millrace::server
