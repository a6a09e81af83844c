#pragma once
// The pipeline's questions, and those that services ask about roles.

#include "emulator/services/iam/decisions.h"
#include "emulator/services/iam/resources.h"

namespace millrace::iam {

class IamIdentity final : public protocol::Identity {
 public:
  IamIdentity(State& state, Principals& principals, Decisions& decisions, const Resources& resources)
      : state_(state), principals_(principals), decisions_(decisions), resources_(resources) {}
  std::optional<protocol::IssuedKey> find_key(const std::string& access_key_id) override;
  std::optional<protocol::Denial> authorize(const Call& call, const protocol::AccessNeeds& needs) override;

 private:
  void note_use(const Call& call, const Principal& principal, const std::string& action);

  State& state_;
  Principals& principals_;
  Decisions& decisions_;
  const Resources& resources_;
};

}  // namespace millrace::iam
