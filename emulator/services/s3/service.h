#pragma once
// S3: buckets and objects. Routing by method, host, path and sub-resource; bodies stream.

#include <memory>

#include "emulator/base/work_in_progress.h"
#include "emulator/ports/authority.h"
#include "emulator/ports/destination.h"
#include "emulator/ports/keys.h"
#include "emulator/ports/objects.h"
#include "emulator/protocol/own_names.h"
#include "emulator/protocol/service.h"
#include "emulator/protocol/sign_in.h"
#include "emulator/services/service_context.h"

namespace millrace::s3 {

/// Whether events can be sent to a queue, topic or function.
enum class TargetState { ready, missing, denied };

/// For a bucket of that account.
using TargetCheck = std::function<TargetState(const std::string& target_arn, const std::string& bucket_arn,
                                              const std::string& account)>;
/// Whether a policy of that account may name the principal: `kind` is "AWS" or "Service".
using PrincipalCheck =
    std::function<bool(const std::string& account, const std::string& kind, const std::string& principal)>;

/// Who stands behind S3; each may be nullptr. They must outlive the service.
struct Ports {
  ports::Destination* destination = nullptr;  // event notifications; without it events are dropped
  ports::Authority* authority = nullptr;
  protocol::Identity* identity = nullptr;           // for operations that ask about several keys
  TargetCheck target_state = {};                    // without it every target is ready
  PrincipalCheck principal_is_known = {};           // without it everybody is
  std::shared_ptr<ports::Keys> keys = {};           // without it objects under aws:kms name the key's alias
  protocol::OwnNames names = protocol::OwnNames();  // before which buckets' names stand in hosts
  const protocol::SignIn* sign_in = nullptr;        // POST forms carry their credentials in the body
};

struct S3Room {
  std::shared_ptr<protocol::Service> service;
  std::shared_ptr<protocol::Service> control;  // S3 Control, of the same buckets
  std::shared_ptr<ports::Objects> objects;
  /// Connects what is built after S3; before the server listens.
  std::function<void(const Ports&)> connect;
  /// A bucket's policy by its ARN, as far as it counts; "" without one.
  std::function<std::string(const std::string& bucket_arn)> policy;
  /// Whose bucket or object an ARN names, and the policy that counts for it.
  ports::FindResource resource;
  /// What goes on after answers: events on their way, copies to other buckets. Lives as long as `service`.
  WorkInProgress* in_progress = nullptr;
  /// Ends background work, before what it was connected to goes.
  std::function<void()> stop;
};

S3Room make_s3_room(ServiceContext context);
/// S3 Control's, by path and header, whatever the host: clients put the account's id before any endpoint's name.
bool is_control_request(const protocol::HttpRequest& request);
/// The host names a bucket: `b.s3.<region>`, `b.s3-website-<region>`; before a name that isn't AWS's also `b` alone.
bool is_bucket_host(const protocol::HostParts& host);
/// The service alone.
std::shared_ptr<protocol::Service> make_service(ServiceContext context);

}  // namespace millrace::s3
