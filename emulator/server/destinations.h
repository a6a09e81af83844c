#pragma once
// ports::Destination over the services that can be one: SQS, SNS, Lambda, S3. Checks the sender's permission, then
// hands the message over.

#include <functional>
#include <map>
#include <string>

#include "emulator/ports/authority.h"
#include "emulator/ports/destination.h"

namespace millrace::server {

class Destinations final : public ports::Destination {
 public:
  /// One kind of target. `deliver` puts the message there; `policy` gives the target's resource policy.
  struct Target {
    std::string action;  // what the sender must be allowed: "sqs:SendMessage"
    std::function<Result<void>(const std::string& arn, const ports::Message&, const Sender&)> deliver;
    std::function<std::string(const std::string& arn)> policy;
    std::function<bool(const std::string& arn)> exists = {};  // without it every target does
    std::string resource_suffix = {};  // what the action's resource has after the ARN: "/*" for a bucket's objects
  };

  explicit Destinations(ports::Authority& authority) : authority_(authority) {}
  /// Before anything is sent. `service` is the ARN's: "sqs".
  void add(const std::string& service, Target target) { targets_[service] = std::move(target); }

  /// AccessDenied where the sender may not send to that target; nothing is sent.
  Result<void> check(const std::string& target_arn, const Sender& sender) const;
  /// The resource policy of a target; empty: none, or no target.
  std::string policy(const std::string& target_arn) const;
  /// False for a service that is no target here, too.
  bool exists(const std::string& target_arn) const;
  /// AccessDenied where the sender may not; NotImplemented for a service that is no target here.
  Result<void> send(const std::string& target_arn, const ports::Message& message, const Sender& sender) override;

 private:
  bool allowed(const Target& target, const std::string& arn, const Sender& sender) const;

  ports::Authority& authority_;
  std::map<std::string, Target> targets_;  // constant once the server runs
};

}  // namespace millrace::server
