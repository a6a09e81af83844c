#include "emulator/server/host_guard.h"

namespace millrace::server {

bool HostGuard::host_is_ours(std::string_view host) const {
  return names_.holds(host);
}

std::string HostGuard::host_refusal(const protocol::HttpRequest& request) const {
  std::string_view host = request.headers.get("host");
  if (host_is_ours(host)) return "";
  return "The host name '" + std::string(host) + "' is none of this emulator's. Start it with --allow-host to add it.";
}

}  // namespace millrace::server
