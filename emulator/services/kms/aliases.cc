// CreateAlias, UpdateAlias, DeleteAlias, ListAliases.

#include "emulator/base/arn.h"
#include "emulator/services/kms/kms.h"

namespace millrace::kms {

using namespace protocol;

namespace {

constexpr size_t kPageMax = 100;

const Shape& alias_name() {
  static const Shape shape = string().length(1, 256).pattern("^[a-zA-Z0-9:/_-]+$");
  return shape;
}

Result<void> check_alias(const std::string& name) {
  if (!name.starts_with("alias/") || name.size() == 6)
    return AwsError(errors::validation,
                    "Alias must start with the prefix \"alias/\". Please see "
                    "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html");
  if (name.starts_with("alias/aws/")) {  // unverified: InvalidAliasNameException is the other possibility
    static const ErrorKind not_authorized{"NotAuthorizedException"};
    return AwsError(not_authorized, "");
  }
  return {};
}

std::string alias_arn(const Call& call, const std::string& name) {
  return make_arn("kms", call.caller.region, call.caller.account, name);
}

AwsError no_alias(const Call& call, const std::string& name) {
  return {errors::not_found, "Alias " + alias_arn(call, name) + " is not found."};
}

/// The alias itself is judged by the caller's policies, the key by its own.
std::function<Result<AccessNeeds>(const Call&)> alias_access(Kms& kms, const char* action) {
  return [&kms, action = std::string(action)](const Call& call) -> Result<AccessNeeds> {
    const std::string name = text_of(call.input, "AliasName");
    AccessNeeds needs{{"kms:" + action, alias_arn(call, name)}};
    const Place place{call.caller.account, call.caller.region, kms.now()};
    std::vector<std::string> keys;
    if (action != "CreateAlias") {
      if (const auto alias = read_alias(kms.context.store, place.account, place.region, name))
        keys.push_back(alias->target);
    }
    if (action != "DeleteAlias") keys.push_back(text_of(call.input, "TargetKeyId"));
    for (const std::string& id : keys) {
      TRY(Key key, find_key(kms.context.store, place, id, Names::key_only));
      needs.push_back(key_need(kms, call, action, key));
    }
    return needs;
  };
}

/// An operation that points the alias it names at a key: `point` runs within a change, with the key found and not deleted.
Operation pointing_alias(
    Kms& kms, const std::string& operation,
    std::function<Result<void>(const Call&, storage::Txn&, const std::string& name, const Key&)> point) {
  static const Shape input =
      structure({required("AliasName", alias_name()), required("TargetKeyId", string().length(1, 2048))});
  auto handle = [&kms, point = std::move(point)](Call& call) -> Result<Json> {
    const std::string name = text_of(call.input, "AliasName");
    TRY_VOID(check_alias(name));
    TRY(Key key, kms.key_for(call, text_of(call.input, "TargetKeyId"), Names::key_only));
    TRY_VOID(check_not_deleted(key, kms.now()));
    return kms.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY_VOID(point(call, txn, name, key));
      return Json();
    });
  };
  return {.name = operation,
          .input = &input,
          .access = alias_access(kms, operation.c_str()),
          .handle = JsonHandler(handle),
          .checks_root = true};
}

Operation create_alias(Kms& kms) {
  return pointing_alias(
      kms, "CreateAlias",
      [&kms](const Call& call, storage::Txn& txn, const std::string& name, const Key& key) -> Result<void> {
        if (read_alias(txn, call.caller.account, call.caller.region, name))
          return AwsError(errors::already_exists,
                          "An alias with the name " + alias_arn(call, name) + " already exists");
        put_alias(txn, call.caller.account, call.caller.region, {name, key.id, kms.now(), kms.now()});
        return {};
      });
}

Operation update_alias(Kms& kms) {
  return pointing_alias(
      kms, "UpdateAlias",
      [&kms](const Call& call, storage::Txn& txn, const std::string& name, const Key& key) -> Result<void> {
        auto alias = read_alias(txn, call.caller.account, call.caller.region, name);
        if (!alias) return no_alias(call, name);
        const auto before = read_key(txn, call.caller.account, call.caller.region, alias->target);
        if (before && (before->usage != key.usage || before->spec != key.spec))
          return AwsError(errors::validation, "Alias " + alias_arn(call, name) + " cannot be changed from key " +
                                                  before->arn() + " to key " + key.arn() +
                                                  ": the keys must be of the same type and usage.");  // unverified
        alias->target = key.id;
        alias->updated_ms = kms.now();
        put_alias(txn, call.caller.account, call.caller.region, *alias);
        return {};
      });
}

Operation delete_alias(Kms& kms) {
  static const Shape input = structure({required("AliasName", alias_name())});
  auto handle = [&kms](Call& call) -> Result<Json> {
    const std::string name = text_of(call.input, "AliasName");
    TRY_VOID(check_alias(name));
    return kms.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (!read_alias(txn, call.caller.account, call.caller.region, name)) return no_alias(call, name);
      erase_alias(txn, call.caller.account, call.caller.region, name);
      return Json();
    });
  };
  return {.name = "DeleteAlias",
          .input = &input,
          .access = alias_access(kms, "DeleteAlias"),
          .handle = JsonHandler(handle),
          .checks_root = true};
}

/// Of the account, by name: customers' and those of AWS's keys, which name no key before its first use.
Json all_aliases(const Kms& kms, const std::string& account, const std::string& region) {
  std::map<std::string, Json> sorted;
  auto add = [&](const std::string& name, const std::string& target, Millis created, Millis updated) {
    Json entry{{"AliasName", name}, {"AliasArn", make_arn("kms", region, account, name)}};
    if (!target.empty()) {
      entry["TargetKeyId"] = target;
      entry["CreationDate"] = epoch_seconds(created);
      entry["LastUpdatedDate"] = epoch_seconds(updated);
    }
    sorted[name] = std::move(entry);
  };
  for (const std::string& service : managed_services()) {
    const auto key = read_key(kms.context.store, account, region, managed_key_id(account, region, service));
    const Millis created = key ? key->created_ms : 0;
    add("alias/aws/" + service, key ? key->id : "", created, created);
  }
  for (const Alias& alias : list_aliases_of(kms.context.store, account, region)) {
    const auto key = read_key(kms.context.store, account, region, alias.target);
    if (key && !key->gone(kms.now())) add(alias.name, alias.target, alias.created_ms, alias.updated_ms);
  }
  Json out = Json::array();
  for (auto& [name, entry] : sorted) out.push_back(std::move(entry));
  return out;
}

Operation list_aliases(Kms& kms) {
  static const Shape input = structure({
      optional("KeyId", string().length(1, 2048)),
      optional("Limit", integer().range(1, 1000)),
      optional("Marker", string().length(1, 1024)),
  });
  auto handle = [&kms](Call& call) -> Result<Json> {
    Json all = all_aliases(kms, call.caller.account, call.caller.region);
    const auto given = optional_text(call.input, "KeyId");
    if (!given) return page_of(call, "Aliases", std::move(all), "AliasName", kPageMax);
    TRY(Key key, kms.key_for(call, *given));
    Json chosen = Json::array();
    for (const Json& alias : all) {
      if (text_of(alias, "TargetKeyId") == key.id) chosen.push_back(alias);
    }
    return page_of(call, "Aliases", std::move(chosen), "AliasName", kPageMax);
  };
  auto access = [](const Call&) -> Result<AccessNeeds> { return AccessNeeds{{"kms:ListAliases", "*"}}; };
  return {.name = "ListAliases", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

}  // namespace

Operations alias_operations(Kms& kms) {
  return {create_alias(kms), update_alias(kms), delete_alias(kms), list_aliases(kms)};
}

}  // namespace millrace::kms
