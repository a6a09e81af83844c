#pragma once
// Everybody is their account's root: --iam off, and tests of the pipeline without IAM.

#include "emulator/protocol/identity.h"

namespace millrace::server {

class OpenIdentity final : public protocol::Identity {
 public:
  std::optional<protocol::IssuedKey> find_key(const std::string&) override { return std::nullopt; }
  std::optional<protocol::Denial> authorize(const protocol::Call&, const protocol::AccessNeeds&) override { return std::nullopt; }
};

}  // namespace millrace::server
