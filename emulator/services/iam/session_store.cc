#include "emulator/services/iam/session_store.h"

#include <fmt/format.h>

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"

namespace millrace::iam {
namespace {

constexpr Millis kKeptAfterExpiryMs = 7LL * 24 * 3600 * 1000;
constexpr size_t kRemovedPerSession = 16;
constexpr int64_t kPackedBytesMax = 2048;  // session policies and tags together, as AWS packs them

std::string expiry_key(Millis expires, std::string_view access_key_id) {
  return storage::document_key({"iam-expiry", fmt::format("{:020}", expires), access_key_id});
}

void remove_long_expired(Txn& txn, Millis now) {
  std::vector<std::pair<std::string, std::string>> old;
  txn.scan(storage::Family::meta, storage::document_key({"iam-expiry"}), expiry_key(now - kKeptAfterExpiryMs, ""),
           [&old](std::string_view key, std::string_view id) {
             old.emplace_back(key, id);
             return old.size() < kRemovedPerSession;
           });
  for (const auto& [key, id] : old) {
    txn.erase(storage::Family::meta, key);
    txn.erase(storage::Family::meta, session_key(id));
  }
}

/// Bytes of what AWS packs; -1 without policies and tags.
int64_t packed_bytes(const ports::SessionRequest& request) {
  if (request.policies.empty() && request.policy_arns.empty() && request.tags.empty()) return -1;
  int64_t bytes = 0;
  for (const std::string& policy : request.policies) bytes += policy_size(policy);
  for (const std::string& arn : request.policy_arns) bytes += static_cast<int64_t>(arn.size());
  for (const auto& [key, value] : request.tags) bytes += static_cast<int64_t>(key.size() + value.size());
  return bytes;
}

}  // namespace

Result<ports::Session> SessionStore::create(Json document, const ports::SessionRequest& request, int64_t duration_s) {
  Random& random = state_.context.random;
  static constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const int64_t packed = packed_bytes(request);
  if (packed > kPackedBytesMax) {
    static constexpr ErrorKind kTooLarge{"PackedPolicyTooLarge", 400};
    return AwsError(kTooLarge, "Serialized token too large for session");
  }
  ports::Session session;
  session.credentials = {"ASIA" + random.text(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), random.text(40, kBase64),
                         "IQoJb3JpZ2luX2Vj" + random.text(312, kBase64),
                         state_.now() / 1000 * 1000 + duration_s * 1000};
  session.principal_id = text_of(document, "UserId");
  session.principal_arn = text_of(document, "Arn");
  session.source_identity = request.source_identity;
  session.packed_policy_percent =
      packed < 0 ? -1 : static_cast<int>((packed * 100 + kPackedBytesMax - 1) / kPackedBytesMax);
  document["Secret"] = session.credentials.secret_access_key;
  document["Token"] = session.credentials.session_token;
  document["Expires"] = session.credentials.expires_ms;
  document["Issued"] = state_.now();
  document["Policies"] = request.policies;
  document["PolicyArns"] = request.policy_arns;
  if (!document.contains("HasPolicy")) {
    document["HasPolicy"] = !request.policies.empty() || !request.policy_arns.empty();
  }
  if (!request.source_identity.empty()) document["SourceIdentity"] = request.source_identity;
  if (!request.function_arn.empty()) document["FunctionArn"] = request.function_arn;
  // Not state_.write: a new session changes nothing that others gathered.
  TRY_VOID(state_.store().transact([&](Txn& txn) -> Result<void> {
    storage::put_document(txn, session_key(session.credentials.access_key_id), document);
    txn.put(storage::Family::meta, expiry_key(session.credentials.expires_ms, session.credentials.access_key_id),
            session.credentials.access_key_id);
    remove_long_expired(txn, state_.now());
    return {};
  }));
  return session;
}

Result<ports::Session> SessionStore::create_role_session(const std::string& role_arn, const Json& role,
                                                         const ports::SessionRequest& request,
                                                         const Json& inherited_tags) {
  const std::string account = Arn::parse(role_arn)->account;
  Json document = Json::object();
  document["Account"] = account;
  document["Kind"] = "role";
  document["RoleArn"] = role_arn;
  document["Arn"] = make_arn("sts", "", account, "assumed-role/" + text_of(role, "Name") + "/" + request.session_name);
  document["UserId"] = text_of(role, "Id") + ":" + request.session_name;
  Json tags = inherited_tags.is_array() ? inherited_tags : Json::array();
  Json transitive = Json::array();
  for (const Json& tag : tags) transitive.push_back(text_of(tag, "Key"));
  for (const auto& [key, value] : request.tags) tags.push_back({{"Key", key}, {"Value", value}});
  for (const std::string& key : request.transitive_tag_keys) transitive.push_back(key);
  if (!tags.empty()) document["Tags"] = std::move(tags);
  if (!transitive.empty()) document["Transitive"] = std::move(transitive);
  return create(std::move(document), request, request.duration_s > 0 ? request.duration_s : 3600);
}

}  // namespace millrace::iam
