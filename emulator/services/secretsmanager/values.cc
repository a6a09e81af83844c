// GetSecretValue, PutSecretValue, UpdateSecret, BatchGetSecretValue.

#include <algorithm>

#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/secretsmanager/manager.h"

namespace millrace::secretsmanager {

using namespace protocol;

namespace {

constexpr size_t kBatchMax = 20;

Operation get_secret_value(Manager& manager) {
  static const Shape input = structure(
      {secret_id(), optional("VersionId", string().length(32, 64)), optional("VersionStage", string().length(1, 256))});
  auto handle = [&manager](Call& call, const Secret& secret) -> Result<Json> {
    TRY_VOID(check_not_deleted(secret));
    TRY(Json out, read_value(manager, secret, text_of(call.input, "VersionId"), text_of(call.input, "VersionStage")));
    note_access(manager, secret);
    return out;
  };
  return on_secret(manager, {"GetSecretValue", &input, handle, true});
}

Operation put_secret_value(Manager& manager) {
  static const Shape input = [] {
    std::vector<Member> members{secret_id(), optional("VersionStages", list(string().length(1, 256)).length(1, 20)),
                                optional("RotationToken", string().length(36, 256))};
    for (Member& member : value_members()) members.push_back(std::move(member));
    return structure(std::move(members));
  }();
  auto handle = [&manager](Call& call, const Secret& found) -> Result<Json> {
    TRY_VOID(check_changeable(found));
    TRY(std::string token, token_of(call.input));
    TRY(auto value, value_of(call.input));
    if (!value) return bad_request("You must provide either SecretString or SecretBinary.");  // unverified
    std::vector<std::string> stages{"AWSCURRENT"};
    if (const Json* given = find(call.input, "VersionStages")) stages = given->get<std::vector<std::string>>();
    TRY(Version version, sealed_version(manager, found, token, *value));
    return manager.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Secret secret, find_secret(txn, place_of(call), found.arn, manager.now()));
      TRY_VOID(check_changeable(secret));
      TRY_VOID(add_version(txn, secret, version, stages));
      secret.changed_ms = manager.now();
      put_secret(txn, secret);
      Json out = named(secret);
      out["VersionId"] = token;
      out["VersionStages"] = stages_of(secret, token);
      return out;
    });
  };
  return on_secret(manager, {"PutSecretValue", &input, handle, false, true});
}

Operation update_secret(Manager& manager) {
  static const Shape input = [] {
    std::vector<Member> members{secret_id(), optional("Description", string().length(0, 2048)),
                                optional("KmsKeyId", string().length(0, 2048)), optional("Type", string())};
    for (Member& member : value_members()) members.push_back(std::move(member));
    return structure(std::move(members));
  }();
  auto edit = [](Secret& secret, const Json& in) {
    if (auto text = optional_text(in, "Description")) secret.description = *text;
    if (auto key = optional_text(in, "KmsKeyId")) secret.kms_key_id = key->empty() ? std::nullopt : key;
  };
  auto handle = [&manager, edit](Call& call, const Secret& found) -> Result<Json> {
    TRY_VOID(check_changeable(found));
    TRY(std::string token, token_of(call.input));
    TRY(auto value, value_of(call.input));
    std::optional<Version> version;
    Secret edited = found;
    edit(edited, call.input);
    if (value) {
      TRY(version, sealed_version(manager, edited, token, *value));
    }
    std::vector<Version> moved;
    if (edited.kms_key_id != found.kms_key_id) {
      TRY(moved, under_new_key(manager, found, edited));
    }
    return manager.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Secret secret, find_secret(txn, place_of(call), found.arn, manager.now()));
      TRY_VOID(check_changeable(secret));
      edit(secret, call.input);
      for (const Version& one : moved) {
        if (read_version(txn, secret, one.id)) put_version(txn, secret, one);
      }
      if (version) TRY_VOID(add_version(txn, secret, *version, {"AWSCURRENT"}));
      secret.changed_ms = manager.now();
      put_secret(txn, secret);
      Json out = named(secret);
      if (version) out["VersionId"] = token;
      return out;
    });
  };
  return on_secret(manager, {"UpdateSecret", &input, handle, false, true});
}

struct Chosen {
  std::vector<std::string> ids;
  std::string next;
};

/// The secrets that a BatchGetSecretValue means.
Result<Chosen> chosen_ids(const Manager& manager, const Call& call) {
  const Json& in = call.input;
  const Json ids = in.value("SecretIdList", Json::array()), filters = in.value("Filters", Json::array());
  if (ids.empty() == filters.empty())
    return bad_parameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.");
  if (find(in, "MaxResults") && filters.empty())
    return bad_parameter("'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.");
  Chosen chosen;
  for (const Json& id : ids) chosen.ids.push_back(id.get<std::string>());
  if (filters.empty()) return chosen;
  auto pager =
      Pager::open(list_name(call), text_of(in, "NextToken"), static_cast<size_t>(int_of(in, "MaxResults", kBatchMax)));
  if (!pager) return AwsError(errors::invalid_token, "Invalid token");
  for (const Secret& secret : list_secrets(manager.context.store, place_of(call), manager.now())) {
    if (secret.is_deleted() || !passes(secret, filters)) continue;
    if (pager->takes(secret.name)) chosen.ids.push_back(secret.name);
  }
  chosen.next = pager->next_token().value_or("");
  return chosen;
}

Operation batch_get_secret_value(Manager& manager) {
  static const Shape input =
      structure({optional("SecretIdList", list(string().length(1, 2048)).length(1, kBatchMax)),
                 optional("Filters", filters_shape()), optional("MaxResults", integer().range(1, kBatchMax)),
                 optional("NextToken", string().length(1, 4096))});
  auto access = [&manager](const Call& call) -> Result<AccessNeeds> {
    AccessNeeds needs{{"secretsmanager:BatchGetSecretValue", "*"}};
    auto chosen = chosen_ids(manager, call);
    if (chosen.has_error()) return needs;
    for (const std::string& id : chosen->ids) {
      needs.push_back(secret_need(manager, call, "GetSecretValue", id));
      auto secret = find_secret(manager.context.store, place_of(call), id, manager.now());
      if (secret.has_value())
        add_key_need(manager, call, "Decrypt", secret->kms_key_id.value_or(""), {{"SecretARN", secret->arn}}, needs);
    }
    return needs;
  };
  auto handle = [&manager](Call& call) -> Result<Json> {
    TRY(Chosen chosen, chosen_ids(manager, call));
    Json values = Json::array(), failures = Json::array();
    for (const std::string& id : chosen.ids) {
      auto one = [&]() -> Result<Json> {
        TRY(Secret secret, find_secret(manager.context.store, place_of(call), id, manager.now()));
        TRY_VOID(check_not_deleted(secret));
        note_access(manager, secret);
        return read_value(manager, secret, "", "");
      }();
      if (one.has_value())
        values.push_back(std::move(*one));
      else
        failures.push_back({{"SecretId", id}, {"ErrorCode", one.error().kind->code}, {"Message", one.error().message}});
    }
    Json out{{"SecretValues", values}, {"Errors", failures}};
    if (!chosen.next.empty()) out["NextToken"] = chosen.next;
    return out;
  };
  return {.name = "BatchGetSecretValue",
          .input = &input,
          .access = access,
          .handle = JsonHandler(handle),
          .checks_root = true};
}

}  // namespace

Result<Json> read_value(const Manager& manager, const Secret& secret, const std::string& version_id,
                        const std::string& stage) {
  const std::string wanted = stage.empty() ? "AWSCURRENT" : stage;
  const std::string id = version_id.empty() ? secret.version_at(wanted) : version_id;
  auto version = id.empty() ? std::nullopt : read_version(manager.context.store, secret, id);
  if (!version || !version->sealed) {
    const std::string what = version_id.empty() ? "staging label: " + wanted : "VersionId: " + version_id;
    return AwsError(errors::not_found, "Secrets Manager can't find the specified secret value for " + what);
  }
  if (!version_id.empty() && !stage.empty() && secret.version_at(stage) != version_id)
    return bad_request("You provided a VersionStage that is not associated to the provided VersionId.");
  Json out = named(secret);
  out["VersionId"] = id;
  TRY(Json value, opened_value(manager, secret, *version));
  for (const auto& [member, text] : value.items()) out[member] = text;
  if (const auto names = stages_of(secret, id); !names.empty()) out["VersionStages"] = names;
  out["CreatedDate"] = epoch_seconds(version->created_ms);
  return out;
}

Operations value_operations(Manager& manager) {
  return {get_secret_value(manager), put_secret_value(manager), update_secret(manager),
          batch_get_secret_value(manager)};
}

}  // namespace millrace::secretsmanager
