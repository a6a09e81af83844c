#include "emulator/services/secretsmanager/service.h"

#include "emulator/services/secretsmanager/manager.h"
#include "emulator/services/secretsmanager/rotator.h"

namespace millrace::secretsmanager {

namespace {

Operations all_operations(Manager& manager) {
  Operations all;
  all.push_back(create_secret(manager));
  all.push_back(get_random_password(manager));
  for (auto family : {value_operations, describing_operations, stage_operations, deleting_operations, policy_operations,
                      tag_operations, rotation_operations, replica_operations}) {
    for (protocol::Operation& operation : family(manager)) all.push_back(std::move(operation));
  }
  return all;
}

class SecretsService final : public protocol::JsonService {
 public:
  explicit SecretsService(std::shared_ptr<Manager> manager)
      : JsonService({"secretsmanager", "application/x-amz-json-1.1", false, errors::service_errors()},
                    all_operations(*manager)),
        manager_(std::move(manager)) {}

  /// What KMS refuses is told without a word of which key.
  AwsError access_denied(const protocol::Denial& denial) const override {
    if (denial.action.starts_with("kms:")) return {errors::access_denied, "Access to KMS is not allowed"};
    return JsonService::access_denied(denial);
  }

 private:
  std::shared_ptr<Manager> manager_;  // the operations are bound to it
};

}  // namespace

Room make_room(ServiceContext context, Ports ports) {
  auto manager = std::make_shared<Manager>(std::move(context), std::move(ports));
  manager->rotator = std::make_shared<Rotator>(*manager);
  manager->rotator->start();
  auto read = [manager](const std::string& account, const std::string& region, const std::string& id) -> Result<Json> {
    TRY(Secret secret, find_secret(manager->context.store, {account, region}, id, manager->now()));
    TRY_VOID(check_not_deleted(secret));
    return read_value(*manager, secret, "", "");
  };
  return {std::make_shared<SecretsService>(manager), read, &manager->rotations,
          [manager] { manager->rotator->stop(); }};
}

}  // namespace millrace::secretsmanager
