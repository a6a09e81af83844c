#include "emulator/server/host_guard.h"

namespace millrace::server {

bool HostGuard::host_is_ours(std::string_view host) const {
  return names_.parts(host).has_value();
}

std::string HostGuard::host_refusal(const protocol::HttpRequest& request) const {
  std::string_view host = request.headers.get("host");
  if (host_is_ours(host)) return "";
  return "The host name '" + std::string(host) + "' is none of this emulator's. Start it with --allow-host to add it.";
}

std::string HostGuard::origin_refusal(const protocol::HttpRequest& request) const {
  std::string_view origin = request.headers.get("origin");
  if (origin.empty() || origin == "null")
    return origin == "null" ? "Requests from web pages without an origin are refused." : "";
  size_t scheme = origin.find("://");
  std::string_view origin_host = scheme == std::string_view::npos ? origin : origin.substr(scheme + 3);
  if (host_is_ours(origin_host)) return "";
  return "Requests from web pages of '" + std::string(origin) + "' are refused.";
}

}  // namespace millrace::server
