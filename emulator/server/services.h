#pragma once
// Which service a request is for.

#include <memory>
#include <string>
#include <unordered_map>

#include "emulator/protocol/own_names.h"
#include "emulator/protocol/service.h"
#include "emulator/protocol/sigv4.h"

namespace millrace::server {

/// The services by their names in credential scopes, and by target prefixes and query versions.
class ServiceDirectory {
 public:
  /// The names by which clients reach us; without it those of OwnNames alone.
  void set_names(protocol::OwnNames names) { names_ = std::move(names); }
  void add(std::string name, std::shared_ptr<protocol::Service> service);
  /// A service that is recognised by `X-Amz-Target: <prefix>.` (streams share dynamodb's scope).
  void add_target(std::string prefix, std::shared_ptr<protocol::Service> service);
  /// A query service, recognised by its API version where the scope doesn't tell.
  void add_version(std::string version, std::shared_ptr<protocol::Service> service);

  /// The service, or nullptr. `credential` may be empty of content. Order: function URL, S3 Control, target, scope, version, path; what is
  /// left and looks like a bucket is S3's.
  protocol::Service* find(const protocol::HttpRequest& request, const protocol::Credential* credential) const;
  /// The service's name in credential scopes, where a request says of which of its faces it is.
  std::string scope_of(const protocol::HttpRequest& request, const protocol::Service* service) const;
  protocol::Service* by_name(const std::string& name) const;
  /// The emulator itself is addressed, not a bucket, a function or an API by its own host name.
  bool is_endpoint(const protocol::HttpRequest& request) const;

 private:
  protocol::OwnNames names_;
  std::unordered_map<std::string, std::shared_ptr<protocol::Service>> by_name_, by_target_, by_version_;
};

}  // namespace millrace::server
