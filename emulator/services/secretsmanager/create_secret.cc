#include "emulator/services/secretsmanager/manager.h"

namespace millrace::secretsmanager {

using namespace protocol;

namespace {

constexpr std::string_view kNameChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_+=.@!-";
constexpr std::string_view kSuffixChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr size_t kSuffix = 6;

const Shape& create_input() {
  static const Shape input = [] {
    std::vector<Member> members{
        required("Name", string().length(1, 512)),
        optional("Description", string().length(0, 2048)),
        optional("KmsKeyId", string().length(0, 2048)),
        optional("Tags", tags_shape()),
        optional("AddReplicaRegions", list(structure({optional("Region", string().length(1, 128)),
                                                      optional("KmsKeyId", string().length(0, 2048))}))
                                          .length(1, -1)),
        optional("ForceOverwriteReplicaSecret", boolean()),
        optional("Type", string()),
    };
    for (Member& member : value_members()) members.push_back(std::move(member));
    return structure(std::move(members));
  }();
  return input;
}

/// The same request again is answered as the first one was.
Result<Json> again(const storage::Reader& reader, const Secret& secret, const std::string& token,
                   const std::optional<Value>& value) {
  if (secret.is_deleted())
    return bad_request(
        "You can't create this secret because a secret with this name is already scheduled for deletion.");
  const auto version = read_version(reader, secret, token);
  if (version && value && version->digest == digest_of(secret, *value)) {
    Json out = named(secret);
    out["VersionId"] = token;
    return out;
  }
  return AwsError(errors::exists, "The operation failed because the secret " + secret.name + " already exists.");
}

Result<Json> create(Manager& manager, const Call& call) {
  const Json& in = call.input;
  const Place place = place_of(call);
  const std::string name = text_of(in, "Name");
  if (name.find_first_not_of(kNameChars) != std::string::npos)
    return AwsError(errors::validation,
                    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: "
                    "-/_+=.@!");
  TRY(std::string token, token_of(in));
  TRY(auto value, value_of(in));
  TRY(Json tags, merged_tags(Json::object(), in.value("Tags", Json::array())));
  Secret secret{.account = place.account, .region = place.region, .name = name};
  secret.arn = secret_arn(place, name, manager.context.random.text(kSuffix, kSuffixChars));
  secret.created_ms = secret.changed_ms = manager.now();
  if (!tags.empty()) secret.tags = std::move(tags);
  if (auto text = optional_text(in, "Description"); text && !text->empty()) secret.description = *text;
  if (auto key = optional_text(in, "KmsKeyId"); key && !key->empty()) secret.kms_key_id = *key;
  std::optional<Version> version;
  if (value && !read_secret(manager.context.store, place, name, manager.now())) {
    TRY(version, sealed_version(manager, secret, token, *value));
  }
  return manager.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    if (const auto before = read_secret(txn, place, name, manager.now())) return again(txn, *before, token, value);
    erase_secret(txn, secret);  // what one whose time has come may have left
    if (version) TRY_VOID(add_version(txn, secret, *version, {"AWSCURRENT"}));
    const Json regions = in.value("AddReplicaRegions", Json::array());
    TRY_VOID(add_replicas(txn, secret, regions, bool_of(in, "ForceOverwriteReplicaSecret"), manager.now()));
    put_secret(txn, secret);
    Json out = named(secret);
    if (version) out["VersionId"] = token;
    if (!regions.empty()) out["ReplicationStatus"] = replication_status(secret);
    return out;
  });
}

}  // namespace

Operation create_secret(Manager& manager) {
  auto access = [&manager](const Call& call) -> Result<AccessNeeds> {
    const std::string name = text_of(call.input, "Name"), key = text_of(call.input, "KmsKeyId");
    AccessNeeds needs{secret_need(manager, call, "CreateSecret", name)};
    needs[0].resource_policy.clear();  // that of a secret which is there isn't asked
    needs[0].context["secretsmanager:name"] = {name};
    if (!key.empty()) needs[0].context["secretsmanager:kmskeyid"] = {key};
    const Json tags = call.input.value("Tags", Json::array());
    if (!tags.empty()) {
      AccessNeed tagging = needs[0];
      tagging.action = "secretsmanager:TagResource";
      needs.push_back(std::move(tagging));
    }
    if (call.input.contains("SecretString") || call.input.contains("SecretBinary")) {
      add_key_need(manager, call, "GenerateDataKey", key, {}, needs);
      add_key_need(manager, call, "Decrypt", key, {}, needs);
    }
    return needs;
  };
  auto handle = [&manager](Call& call) -> Result<Json> { return create(manager, call); };
  return {.name = "CreateSecret",
          .input = &create_input(),
          .access = access,
          .handle = JsonHandler(handle),
          .checks_root = true};
}

}  // namespace millrace::secretsmanager
