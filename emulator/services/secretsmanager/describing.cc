// DescribeSecret, ListSecrets, ListSecretVersionIds.

#include <fmt/format.h>

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/secretsmanager/manager.h"

namespace millrace::secretsmanager {

using namespace protocol;

namespace {

constexpr int64_t kPage = 100;

/// What DescribeSecret and ListSecrets have in common: only what is set.
Json shown(const Secret& secret) {
  Json out = named(secret);
  auto date = [&](const char* member, std::optional<Millis> at) {
    if (at) out[member] = epoch_seconds(*at);
  };
  if (secret.description) out["Description"] = *secret.description;
  if (secret.kms_key_id) out["KmsKeyId"] = *secret.kms_key_id;
  if (const auto& rotation = secret.rotation) {
    out["RotationEnabled"] = rotation->enabled;
    out["RotationLambdaARN"] = rotation->function;
    if (rotation->rules) out["RotationRules"] = *rotation->rules;
    date("LastRotatedDate", rotation->last_ms);
  }
  date("LastChangedDate", secret.changed_ms);
  date("LastAccessedDate", secret.accessed_ms);
  date("DeletedDate", secret.deleted_ms);
  if (secret.rotation && secret.rotation->enabled) date("NextRotationDate", secret.rotation->next_ms);
  if (secret.tags) out["Tags"] = tag_list(secret);
  return out;
}

Operation describe_secret(Manager& manager) {
  static const Shape input = structure({secret_id()});
  auto handle = [](Call&, const Secret& secret) -> Result<Json> {
    Json out = shown(secret);
    const Json versions = versions_to_stages(secret);
    if (!versions.empty()) out["VersionIdsToStages"] = versions;
    out["CreatedDate"] = epoch_seconds(secret.created_ms);
    if (secret.replica_of || !secret.replicas.empty()) out["PrimaryRegion"] = secret.home();
    if (!secret.replicas.empty()) out["ReplicationStatus"] = replication_status(secret);
    return out;
  };
  return on_secret(manager, {"DescribeSecret", &input, handle});
}

Operation list_secrets_operation(Manager& manager) {
  static const Shape input =
      structure({optional("IncludePlannedDeletion", boolean()), optional("MaxResults", integer().range(1, kPage)),
                 optional("NextToken", string().length(1, 4096)), optional("Filters", filters_shape()),
                 optional("SortOrder", string().one_of({"asc", "desc"})), optional("SortBy", string())});
  auto handle = [&manager](Call& call) -> Result<Json> {
    const Json filters = call.input.value("Filters", Json::array());
    std::vector<Secret> all = list_secrets(manager.context.store, place_of(call), manager.now());
    std::erase_if(all, [&](const Secret& secret) {
      const bool hidden = secret.is_deleted() && !bool_of(call.input, "IncludePlannedDeletion");
      return hidden || !passes(secret, filters);
    });
    const bool ascending = text_of(call.input, "SortOrder", "desc") == "asc";  // unverified: the order by default
    // By when they were made, then by name.
    auto position_of = [ascending](const Secret& secret) {
      constexpr Millis kEnd = 99'999'999'999'999;
      return fmt::format("{:014} {}", ascending ? secret.created_ms : kEnd - secret.created_ms, secret.name);
    };
    std::sort(all.begin(), all.end(),
              [&](const Secret& a, const Secret& b) { return position_of(a) < position_of(b); });
    auto page = Pager::open(list_name(call, ascending ? "asc" : "desc"), text_of(call.input, "NextToken"),
                            static_cast<size_t>(int_of(call.input, "MaxResults", kPage)));
    if (!page) return AwsError(errors::invalid_token, "Invalid token");
    Json list = Json::array();
    for (const Secret& secret : all) {
      if (!page->takes(position_of(secret))) continue;
      Json one = shown(secret);
      const Json versions = versions_to_stages(secret);
      if (!versions.empty()) one["SecretVersionsToStages"] = versions;
      one["CreatedDate"] = epoch_seconds(secret.created_ms);
      list.push_back(std::move(one));
    }
    Json out{{"SecretList", list}};
    if (auto next = page->next_token()) out["NextToken"] = std::move(*next);
    return out;
  };
  auto access = [](const Call&) -> Result<AccessNeeds> { return AccessNeeds{{"secretsmanager:ListSecrets", "*"}}; };
  return {.name = "ListSecrets", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

Operation list_version_ids(Manager& manager) {
  static const Shape input =
      structure({secret_id(), optional("MaxResults", integer().range(1, kPage)),
                 optional("NextToken", string().length(1, 4096)), optional("IncludeDeprecated", boolean())});
  auto handle = [&manager](Call& call, const Secret& secret) -> Result<Json> {
    auto pager = Pager::open(list_name(call, secret.arn), text_of(call.input, "NextToken"),
                             static_cast<size_t>(int_of(call.input, "MaxResults", kPage)));
    if (!pager) return AwsError(errors::invalid_token, "Invalid token");
    Json versions = Json::array();
    for (const Version& version : list_versions(manager.context.store, secret)) {
      const auto stages = stages_of(secret, version.id);
      if (stages.empty() && !bool_of(call.input, "IncludeDeprecated")) continue;
      // In the order of list_versions.
      if (!pager->takes(fmt::format("{:014} {}", version.created_ms, version.id))) continue;
      Json one{{"CreatedDate", epoch_seconds(version.created_ms)},
               {"KmsKeyIds", {version.kms_key_id.value_or("DefaultEncryptionKey")}},
               {"VersionId", version.id}};
      if (!stages.empty()) one["VersionStages"] = stages;
      versions.push_back(std::move(one));
    }
    Json out = named(secret);
    out["Versions"] = std::move(versions);
    if (auto next = pager->next_token()) out["NextToken"] = std::move(*next);
    return out;
  };
  return on_secret(manager, {"ListSecretVersionIds", &input, handle});
}

/// The texts of a secret that a filter looks at.
std::vector<std::string> texts_of(const Secret& secret, const std::string& key) {
  std::vector<std::string> out;
  const bool all = key == "all";
  if (all || key == "name") out.push_back(secret.name);
  if (all || key == "description") out.push_back(secret.description.value_or(""));
  const Json tags = secret.tags.value_or(Json::object());
  for (const auto& [name, value] : tags.items()) {
    if (all || key == "tag-key") out.push_back(name);
    if (all || key == "tag-value") out.push_back(value.get<std::string>());
  }
  const bool replicated = secret.replica_of || !secret.replicas.empty();
  if ((all || key == "primary-region") && replicated) out.push_back(secret.home());
  return out;
}

/// Names and tags are compared as they are, descriptions word by word and without regard to case.
bool begins(const std::string& key, const std::string& text, const std::string& wanted) {
  if (key != "description" && key != "all") return text.starts_with(wanted);
  const std::string lower = " " + to_lower(text);
  return lower.find(" " + to_lower(wanted)) != std::string::npos;
}

}  // namespace

Shape filters_shape() {
  return list(structure(
                  {optional("Key", string().one_of({"all", "name", "tag-key", "description", "tag-value",
                                                    "primary-region", "owning-service"})),
                   optional("Values", list(string().length(0, 512).pattern("^\\!?[a-zA-Z0-9 :_@\\/\\+\\=\\.\\-\\!]*$"))
                                          .length(1, 10))}))
      .length(-1, 10);
}

bool passes(const Secret& secret, const Json& filters) {
  return std::all_of(filters.begin(), filters.end(), [&](const Json& filter) {
    const std::string key = text_of(filter, "Key");
    const auto texts = texts_of(secret, key);
    const Json values = filter.value("Values", Json::array());
    return std::any_of(values.begin(), values.end(), [&](const Json& value) {
      std::string wanted = value.get<std::string>();
      const bool negated = wanted.starts_with('!');
      if (negated) wanted = wanted.substr(1);
      const bool found =
          std::any_of(texts.begin(), texts.end(), [&](const std::string& text) { return begins(key, text, wanted); });
      return found != negated;
    });
  });
}

Operations describing_operations(Manager& manager) {
  return {describe_secret(manager), list_secrets_operation(manager), list_version_ids(manager)};
}

}  // namespace millrace::secretsmanager
