#pragma once
// Destination over the rooms that can be one: SQS, SNS, Lambda, S3. Checks the sender's permission, then hands the
// message over. A room that can be sent to adds itself when it is made.

#include <functional>
#include <map>
#include <string>

#include "emulator/ports/authority.h"
#include "emulator/ports/destination.h"
#include "emulator/ports/ports.h"

namespace millrace::ports {

class Destinations final : public Destination {
 public:
  /// One kind of target. `deliver` puts the message there; `policy` gives the target's resource policy.
  struct Target {
    std::string action;  // what the sender must be allowed: "sqs:SendMessage"
    std::function<Result<void>(const std::string& arn, const Message&, const Sender&)> deliver;
    std::function<std::string(const std::string& arn)> policy;
    std::function<bool(const std::string& arn)> exists = {};  // without it every target does
    std::string resource_suffix = {};  // what the action's resource has after the ARN: "/*" for a bucket's objects
  };

  explicit Destinations(const Ports& ports) : authority_(ports) {}
  /// While rooms are made, before anything is sent. `service` is the ARN's: "sqs".
  void add(const std::string& service, Target target) { targets_[service] = std::move(target); }

  /// AccessDenied where the sender may not send to that target; nothing is sent.
  Result<void> check(const std::string& target_arn, const Sender& sender) const;
  /// The resource policy of a target; empty: none, or no target.
  std::string policy(const std::string& target_arn) const;
  /// False for a service that is no target here, too.
  bool exists(const std::string& target_arn) const;
  /// AccessDenied where the sender may not; NotImplemented for a service that is no target here.
  Result<void> send(const std::string& target_arn, const Message& message, const Sender& sender) override;

 private:
  bool allowed(const Target& target, const std::string& arn, const Sender& sender) const;

  Late<Authority> authority_;
  std::map<std::string, Target> targets_;  // constant once the rooms start
};

}  // namespace millrace::ports
