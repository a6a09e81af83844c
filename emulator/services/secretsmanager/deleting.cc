// DeleteSecret, RestoreSecret.

#include "emulator/services/secretsmanager/manager.h"

namespace millrace::secretsmanager {

using namespace protocol;

namespace {

constexpr Millis kDayMs = 24 * 3600 * 1000;
constexpr int64_t kWindowDays = 30;

/// A name that nobody has is deleted by force as well: the answer makes up its ARN.
Result<Json> deleted_unknown(Manager& manager, const Call& call, const std::string& id) {
  const std::string arn =
      id.starts_with("arn:")
          ? id
          : secret_arn(place_of(call), id,
                       manager.context.random.text(6, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"));
  return Json{{"ARN", arn}, {"Name", id}, {"DeletionDate", epoch_seconds(manager.now())}};
}

Result<Json> remove(Manager& manager, const Call& call) {
  const Json& in = call.input;
  const std::string id = text_of(in, "SecretId");
  const bool force = bool_of(in, "ForceDeleteWithoutRecovery");
  const auto window = optional_int(in, "RecoveryWindowInDays");
  if (force && window)
    return bad_parameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  if (window && (*window < 7 || *window > 30))
    return bad_parameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
  return manager.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    auto found = find_secret(txn, place_of(call), id, manager.now());
    if (found.has_error()) {
      if (force) return deleted_unknown(manager, call, id);
      return std::move(found).error();
    }
    Secret& secret = *found;
    if (!force) TRY_VOID(check_changeable(secret));
    if (!secret.replicas.empty() && !secret.replica_of)
      return bad_request("You can't delete secret " + secret.name + " that still has replica regions " +
                         to_text(replica_list(secret)));  // unverified
    Json out = named(secret);
    if (force) {
      erase_secret(txn, secret);
      out["DeletionDate"] = epoch_seconds(manager.now());
      return out;
    }
    secret.deleted_ms = manager.now();
    secret.deletion_ms = manager.now() + (window ? *window : kWindowDays) * kDayMs;
    put_secret(txn, secret);
    manager.erase_later(secret);
    out["DeletionDate"] = epoch_seconds(*secret.deletion_ms);
    return out;
  });
}

Operation delete_secret(Manager& manager) {
  static const Shape input = structure(
      {secret_id(), optional("RecoveryWindowInDays", integer()), optional("ForceDeleteWithoutRecovery", boolean())});
  auto access = [&manager](const Call& call) -> Result<AccessNeeds> {
    AccessNeed need = secret_need(manager, call, "DeleteSecret", text_of(call.input, "SecretId"));
    need.context["secretsmanager:forcedeletewithoutrecovery"] = {
        bool_of(call.input, "ForceDeleteWithoutRecovery") ? "true" : "false"};
    if (auto days = optional_int(call.input, "RecoveryWindowInDays"))
      need.context["secretsmanager:recoverywindowindays"] = {std::to_string(*days)};
    return AccessNeeds{need};
  };
  auto handle = [&manager](Call& call) -> Result<Json> { return remove(manager, call); };
  return {
      .name = "DeleteSecret", .input = &input, .access = access, .handle = JsonHandler(handle), .checks_root = true};
}

Operation restore_secret(Manager& manager) {
  static const Shape input = structure({secret_id()});
  auto handle = [&manager](Call& call, const Secret&) -> Result<Json> {
    return manager.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Secret secret, find_secret(txn, place_of(call), text_of(call.input, "SecretId"), manager.now()));
      secret.deleted_ms.reset();
      secret.deletion_ms.reset();
      if (!secret.replica_of) put_secret(txn, secret);
      return named(secret);
    });
  };
  return on_secret(manager, {"RestoreSecret", &input, handle});
}

}  // namespace

Operations deleting_operations(Manager& manager) {
  return {delete_secret(manager), restore_secret(manager)};
}

}  // namespace millrace::secretsmanager
