// RotateSecret, CancelRotateSecret.

#include "emulator/base/arn.h"
#include "emulator/services/secretsmanager/manager.h"
#include "emulator/services/secretsmanager/rotator.h"

namespace millrace::secretsmanager {

using namespace protocol;

namespace {

const Shape& rotate_input() {
  static const Shape input = structure(
      {secret_id(), optional("ClientRequestToken", string()), optional("RotationLambdaARN", string().length(0, 2048)),
       optional("RotationRules", structure({optional("AutomaticallyAfterDays", integer().range(1, 1000)),
                                            optional("Duration", string().length(2, 3).pattern("[0-9h]+")),
                                            optional("ScheduleExpression", string().length(1, 256).pattern(
                                                                               "[0-9A-Za-z\\(\\)#\\?\\*\\-\\/, ]+"))})),
       optional("RotateImmediately", boolean())});
  return input;
}

/// The secret's rotation as the request sets it.
Result<Rotation> wanted_rotation(const Manager& manager, const Call& call, const Secret& secret) {
  Rotation rotation = secret.rotation.value_or(Rotation());
  if (auto function = optional_text(call.input, "RotationLambdaARN"); function && !function->empty())
    rotation.function = *function;
  if (const Json* rules = find(call.input, "RotationRules")) {
    TRY_VOID(check_rules(*rules));
    rotation.rules = *rules;
  }
  if (rotation.function.empty()) return bad_request("No Lambda rotation function ARN is associated with this secret.");
  if (!manager.ports.may_invoke(rotation.function, secret.arn, secret.account))
    return AwsError(
        errors::access_denied,
        "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants "
        "access to the principal secretsmanager.amazonaws.com.");
  rotation.enabled = true;
  return rotation;
}

/// What an earlier rotation left unfinished is taken up again instead.
bool is_unfinished(const Secret& secret) {
  const std::string pending = secret.version_at("AWSPENDING");
  return !pending.empty() && pending != secret.version_at("AWSCURRENT");
}

Result<Json> rotate(Manager& manager, const Call& call, const Secret& found) {
  TRY_VOID(check_changeable(found));
  TRY(std::string token, token_of(call.input, errors::invalid_parameter));
  TRY(Rotation rotation, wanted_rotation(manager, call, found));
  const bool now = bool_of(call.input, "RotateImmediately", true);
  const Place place = place_of(call);
  bool resumed = false;
  auto out = manager.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Secret secret, find_secret(txn, place, found.arn, manager.now()));
    TRY_VOID(check_changeable(secret));
    resumed = now && is_unfinished(secret);
    secret.rotation = rotation;
    secret.rotation->next_ms = next_rotation(rotation, manager.now());
    secret.changed_ms = manager.now();
    const std::string version = resumed ? secret.version_at("AWSPENDING") : token;
    if (now && !resumed) {
      if (!read_version(txn, secret, token)) put_version(txn, secret, {.id = token, .created_ms = manager.now()});
      move_stage(secret, "AWSPENDING", token);
    }
    begin_rotation(secret, version, now ? 0 : 2, !now);
    put_secret(txn, secret);
    manager.rotator->arm(secret);
    Json answer = named(secret);
    if (now) answer["VersionId"] = version;
    return answer;
  });
  if (out.has_error()) return out;
  manager.rotator->continue_rotation(place, found.name);
  if (resumed) return bad_request("A previous rotation isn't complete. That rotation will be reattempted.");
  return out;
}

}  // namespace

Operations rotation_operations(Manager& manager) {
  static const Shape cancel_input = structure({secret_id()});
  auto handle = [&manager](Call& call, const Secret& secret) { return rotate(manager, call, secret); };
  auto cancel = [](const Call&, storage::Txn&, Secret& secret) -> Result<Json> {
    if (secret.rotation) {
      secret.rotation->enabled = false;
      secret.rotation->next_ms.reset();
    }
    Json out = named(secret);
    if (secret.rotating) out["VersionId"] = secret.rotating->token;
    secret.rotating.reset();
    return out;
  };
  Operation rotating = on_secret(manager, {"RotateSecret", &rotate_input(), handle});
  rotating.access = [&manager](const Call& call) -> Result<AccessNeeds> {
    AccessNeed need = secret_need(manager, call, "RotateSecret", text_of(call.input, "SecretId"));
    if (auto function = optional_text(call.input, "RotationLambdaARN"))
      need.context["secretsmanager:rotationlambdaarn"] = {*function};
    AccessNeeds needs{need};
    // The caller must be allowed to invoke what rotates for them.
    if (auto function = optional_text(call.input, "RotationLambdaARN"); function && Arn::parse(*function))
      needs.push_back({"lambda:InvokeFunction", *function});
    return needs;
  };
  return {std::move(rotating), change_secret(manager, "CancelRotateSecret", &cancel_input, cancel)};
}

}  // namespace millrace::secretsmanager
