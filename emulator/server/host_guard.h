#pragma once
// The narrow door: which Host names and Origins are served. A page of a foreign site that makes a browser talk to
// the emulator (or rebinds its own name to 127.0.0.1) is refused, because code runs here.

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
  /// The same for the web page that asks. A service that knows its pages (S3's CORS rules) may let them in.
  std::string origin_refusal(const protocol::HttpRequest& request) const;

 private:
  bool host_is_ours(std::string_view host) const;
  protocol::OwnNames names_;
};

}  // namespace millrace::server
