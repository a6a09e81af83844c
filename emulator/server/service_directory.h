#pragma once
// Which service a request is for.

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "emulator/protocol/own_names.h"
#include "emulator/protocol/service.h"
#include "emulator/protocol/sigv4.h"
#include "emulator/services/room.h"

namespace millrace::server {

/// The rooms' faces by what requests say.
class ServiceDirectory {
 public:
  /// `names`: those by which clients reach us.
  ServiceDirectory(const std::vector<Room>& rooms, protocol::OwnNames names);
  ServiceDirectory(const ServiceDirectory&) = delete;
  ServiceDirectory& operator=(const ServiceDirectory&) = delete;

  /// The service, or nullptr. `credential` may be empty of content. By the first that fits of: a face that owns the
  /// request, target, scope, version, a face that claims it; what is left is the one's that takes the rest.
  protocol::Service* find(const protocol::HttpRequest& request, const protocol::Credential* credential) const;
  /// The name that a credential scope must have for the service; "": any.
  std::string scope_of(const protocol::Service* service) const;
  /// The emulator itself is addressed, not something in it (a bucket, a function, an API) by its own host name.
  bool is_endpoint(const protocol::HttpRequest& request) const;
  /// What is answered to `GET /` at the endpoint by load balancers and waiting scripts, unsigned or signed for the
  /// endpoint's own service; nullptr: this isn't that.
  const std::string* health(const protocol::HttpRequest& request, const protocol::Credential& credential) const;

 private:
  protocol::Service* find_unsigned(const protocol::HttpRequest& request) const;

  protocol::OwnNames names_;
  std::vector<Face> faces_;
  // Into faces_, which doesn't change.
  std::vector<const Face*> owners_, claimers_, hosts_;
  const Face* endpoint_ = nullptr;
  const Face* rest_ = nullptr;
  std::unordered_map<std::string, protocol::Service*> by_scope_, by_target_, by_version_;
  std::unordered_map<const protocol::Service*, std::string> scopes_;
};

}  // namespace millrace::server
