// UpdateSecretVersionStage.

#include "emulator/services/secretsmanager/manager.h"

namespace millrace::secretsmanager {

using namespace protocol;

namespace {

AwsError no_version(const std::string& id) {
  return {errors::not_found, "Secrets Manager can't find the specified secret value for VersionId: " + id};
}

Result<void> check_source(const Secret& secret, const std::string& stage, const std::string& from,
                          const std::string& to) {
  const std::string holder = secret.version_at(stage);
  if (from.empty()) {
    if (holder.empty() || holder == to) return {};
    return bad_parameter("The parameter RemoveFromVersionId can't be empty. Staging label " + stage +
                         " is currently attached to version " + holder +
                         ", so you must explicitly reference that version in RemoveFromVersionId.");
  }
  if (holder == from) return {};
  return bad_parameter("The parameter RemoveFromVersionId has an incorrect value. Staging label " + stage + " is " +
                       (holder.empty() ? "not attached to any version" : "currently attached to version " + holder) +
                       ", so you must explicitly reference that version in RemoveFromVersionId.");  // unverified
}

}  // namespace

Operations stage_operations(Manager& manager) {
  static const Shape input = structure({secret_id(), required("VersionStage", string().length(1, 256)),
                                        optional("RemoveFromVersionId", string().length(32, 64)),
                                        optional("MoveToVersionId", string().length(32, 64))});
  auto change = [&manager](const Call& call, storage::Txn& txn, Secret& secret) -> Result<Json> {
    const std::string stage = text_of(call.input, "VersionStage");
    const std::string from = text_of(call.input, "RemoveFromVersionId"), to = text_of(call.input, "MoveToVersionId");
    if (from.empty() && to.empty())  // unverified
      return bad_parameter("You must provide at least one of RemoveFromVersionId and MoveToVersionId.");
    for (const std::string& id : {from, to}) {
      if (!id.empty() && !read_version(txn, secret, id)) return no_version(id);
    }
    if (stage == "AWSCURRENT" && to.empty())
      return bad_parameter(
          "You can only move staging label AWSCURRENT to a different secret version. It can\u2019t be completely "
          "removed.");
    TRY_VOID(check_source(secret, stage, from, to));
    if (to.empty())
      secret.stages.erase(stage);
    else
      move_stage(secret, stage, to);
    secret.changed_ms = manager.now();
    return named(secret);
  };
  return {change_secret(manager, "UpdateSecretVersionStage", &input, change)};
}

}  // namespace millrace::secretsmanager
