#pragma once
// The narrow door: which Host names are served. A foreign site that rebinds its own name to 127.0.0.1 is refused,
// because code runs here. Which pages may ask by one of our names: browser_guard.h.

#include <string>
#include <string_view>
#include <vector>

#include "emulator/protocol/http.h"

namespace millrace::server {

class HostGuard {
 public:
  /// `more_hosts`: names given with --allow-host.
  explicit HostGuard(std::vector<std::string> more_hosts) : more_hosts_(std::move(more_hosts)) {}

  /// Empty if the Host is one of ours, else the sentence to answer with 403.
  std::string host_refusal(const protocol::HttpRequest& request) const;

 private:
  bool host_is_ours(std::string_view host) const;
  std::vector<std::string> more_hosts_;
};

/// Without the port: "[::1]:4566" gives "::1", "a.localhost:80" gives "a.localhost".
std::string host_name(std::string_view host_header);

}  // namespace millrace::server
