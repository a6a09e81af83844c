#pragma once
// Operations of other services as targets, called with the sender's role: Scheduler's universal targets
// (`arn:aws:scheduler:::aws-sdk:dynamodb:putItem`) and deployed APIs (`arn:aws:execute-api:R:A:API/STAGE/METHOD/path`).

#include "emulator/delivery/outside.h"
#include "emulator/ports/service_caller.h"

namespace millrace::delivery {

inline constexpr std::string_view kUniversalTarget = "arn:aws:scheduler:::aws-sdk:";

class ServiceTargets final : public Outside {
 public:
  explicit ServiceTargets(ports::ServiceCaller& caller) : caller_(caller) {}

  /// A universal target that only reads (get, describe, list, ...): AWS refuses it.
  static bool only_reads(const std::string& target_arn);
  /// Universal targets of services that speak JSON, which change something.
  static bool can_call(const std::string& target_arn);
  bool sends_to(const std::string& target_arn) const override;
  void send(const std::string& target_arn, const ports::Message& message, const ports::Destination::Sender& sender,
            Done done) override;

 private:
  ports::ServiceCaller& caller_;
};

}  // namespace millrace::delivery
