#pragma once
// The one rule of host names: by which names this emulator is reached, and what stands before them. AWS puts labels
// before an endpoint's host (an account id, a bucket, an API's id, "sync-"), and clients do so before any endpoint they
// are given, an address too: `000000000000.127.0.0.1:4566`.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::protocol {

/// A host in its two parts: "photos.s3.localhost:4566" is {"photos.s3", "localhost"}.
struct HostParts {
  std::string labels;                      // without the dot that ends them; empty: the name itself
  std::string own;                         // lower case, without port; an IPv6 address without brackets
  bool aws = false;                        // one of AWS's domains, where every service has its label
  bool has(std::string_view label) const;  // is it one of `labels`?
};

/// The host of "host:port" in lower case, without port and closing dot; "[::1]:4566" gives "::1".
std::string host_name(std::string_view authority);

/// An IPv4 or IPv6 address as a name has it.
bool is_address(std::string_view name);

class OwnNames {
 public:
  /// `more`: names beside localhost, every address and AWS's domains (--allow-host).
  explicit OwnNames(std::vector<std::string> more = {});

  /// Is it one of ours, perhaps with labels before it? No host at all is ours.
  bool holds(std::string_view authority) const;
  /// nullopt for a stranger's name.
  std::optional<HostParts> parts(std::string_view authority) const;

 private:
  std::vector<std::string> more_;  // the longest first
};

}  // namespace millrace::protocol
