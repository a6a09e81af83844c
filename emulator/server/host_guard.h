#pragma once
// The narrow door: which Host names are served. A foreign site that rebinds its own name to 127.0.0.1 is refused,
// because code runs here. Which pages may ask by one of our names: browser_guard.h.

#include <string>
#include <string_view>
#include <vector>

#include "emulator/protocol/http.h"
#include "emulator/protocol/own_names.h"

namespace millrace::server {

class HostGuard {
 public:
  /// `more_hosts`: names given with --allow-host.
  explicit HostGuard(std::vector<std::string> more_hosts) : names_(std::move(more_hosts)) {}

  const protocol::OwnNames& names() const { return names_; }

  /// Empty if the Host is one of ours, else the sentence to answer with 403.
  std::string host_refusal(const protocol::HttpRequest& request) const;

 private:
  bool host_is_ours(std::string_view host) const;
  protocol::OwnNames names_;
};

}  // namespace millrace::server
