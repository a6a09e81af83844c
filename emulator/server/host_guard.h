#pragma once
// The narrow door: which Host names and Origins are served. A page of a foreign site that makes a browser talk to
// the emulator (or rebinds its own name to 127.0.0.1) is refused, because code runs here.

#include <string>
#include <string_view>
#include <vector>

#include "emulator/protocol/http.h"

namespace millrace::server {

class HostGuard {
 public:
  /// `more_hosts`: names given with --allow-host.
  explicit HostGuard(std::vector<std::string> more_hosts) : more_hosts_(std::move(more_hosts)) {}

  /// Empty if the request may enter, else the sentence to answer with 403.
  /// `any_origin`: the service decides on origins itself (a function URL by its CORS settings).
  std::string refusal(const protocol::HttpRequest& request, bool any_origin = false) const;

 private:
  bool host_is_ours(std::string_view host) const;
  std::vector<std::string> more_hosts_;
};

/// Without the port: "[::1]:4566" gives "::1", "a.localhost:80" gives "a.localhost".
std::string host_name(std::string_view host_header);

}  // namespace millrace::server
