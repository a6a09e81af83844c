#include "emulator/services/secretsmanager/service.h"

#include "emulator/ports/authority.h"
#include "emulator/ports/destinations.h"
#include "emulator/ports/secrets.h"
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

/// Secrets as the Parameter Store reads them.
class ReadSecrets final : public ports::Secrets {
 public:
  explicit ReadSecrets(std::shared_ptr<Manager> manager) : manager_(std::move(manager)) {}

  Result<Json> read(const std::string& account, const std::string& region, const std::string& id) override {
    TRY(Secret secret, find_secret(manager_->context.store, {account, region}, id, manager_->now()));
    TRY_VOID(check_not_deleted(secret));
    return read_value(*manager_, secret, "", "");
  }

 private:
  std::shared_ptr<Manager> manager_;
};

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto& destinations = ports.get<ports::Destinations>();
  auto& authority = ports.get<ports::Authority>();
  auto may_invoke = [&destinations, &authority](const std::string& function, const std::string& secret,
                                                const std::string& account) {
    const std::string policy = destinations.policy(function);
    return !policy.empty() && authority.resource_policy_allows_service(
                                  policy, "secretsmanager.amazonaws.com", "lambda:InvokeFunction", function,
                                  {{"aws:sourcearn", {secret}}, {"aws:sourceaccount", {account}}});
  };
  auto manager = std::make_shared<Manager>(
      context, OtherRooms{ports.share<ports::Encryption>(), ports.get<ports::FunctionCaller>(), may_invoke,
                          ports.find<ports::Principals>()});
  manager->rotator = std::make_shared<Rotator>(*manager);
  ports.offer<ports::Secrets>(std::make_shared<ReadSecrets>(manager));
  return {.name = "secretsmanager",
          .state = manager,
          .faces = {{.service = std::make_shared<SecretsService>(manager),
                     .scopes = {"secretsmanager"},
                     .targets = {"secretsmanager"}}},
          .in_progress = {{"rotations of secrets", &manager->rotations}},
          .start = [manager = manager.get()] { manager->rotator->start(); },
          .stop = [manager = manager.get()] { manager->rotator->stop(); }};
}

}  // namespace millrace::secretsmanager
