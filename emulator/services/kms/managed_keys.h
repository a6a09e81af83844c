#pragma once
// The keys that AWS manages for its services, one of each kind per account and region. Their aliases are
// there from the beginning; a key comes to be when a service first encrypts with it or somebody first
// describes it by its alias.

#include <optional>
#include <string>
#include <vector>

#include "emulator/ports/keys.h"
#include "emulator/services/service_context.h"

namespace millrace::kms {

struct ManagedKey {
  std::string service;  // "dynamodb"
  std::string id;
  std::string arn;
  Millis created_ms = 0;  // 0: not used yet

  std::string alias() const { return "alias/aws/" + service; }
};

class ManagedKeys final : public ports::Keys {
 public:
  explicit ManagedKeys(ServiceContext context) : context_(std::move(context)) {}

  std::string managed_key_arn(const std::string& account, const std::string& region,
                              const std::string& service) const override;
  Result<void> use_managed_key(const std::string& account, const std::string& region,
                               const std::string& service) override;

  /// All kinds, by their aliases' names, used or not.
  std::vector<ManagedKey> list(const std::string& account, const std::string& region) const;
  /// By the name of an alias, its ARN, a key's id or its ARN. A key that wasn't used yet is found by its
  /// alias alone. NotFoundException.
  Result<ManagedKey> find(const std::string& account, const std::string& region, const std::string& name) const;

 private:
  ManagedKey read(const std::string& account, const std::string& region, const std::string& service) const;

  ServiceContext context_;
};

/// What KMS writes beside the key of that service.
std::string description_of(const std::string& service);

}  // namespace millrace::kms
