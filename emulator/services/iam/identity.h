#pragma once
// The pipeline's questions, and those that services ask about roles.

#include "emulator/services/iam/decisions.h"

namespace millrace::iam {

class IamIdentity final : public protocol::Identity {
 public:
  IamIdentity(State& state, Principals& principals, Decisions& decisions)
      : state_(state), principals_(principals), decisions_(decisions) {}
  std::optional<protocol::IssuedKey> find_key(const std::string& access_key_id) override;
  std::optional<protocol::Denial> authorize(const Call& call, const protocol::AccessNeeds& needs) override;

  /// When and for what a user's key was used last; nullopt if it wasn't since the start.
  struct KeyUse {
    Millis time;
    std::string region, service;
  };
  std::optional<KeyUse> last_use(const std::string& access_key_id) const;

 private:
  void note_use(const Call& call, const std::string& action);

  State& state_;
  Principals& principals_;
  Decisions& decisions_;
  mutable std::mutex uses_mutex_;
  std::map<std::string, KeyUse> uses_;  // at most kUsesMax; further keys aren't noted
};

}  // namespace millrace::iam
