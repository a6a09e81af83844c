#include <charconv>
#include <set>

#include "emulator/base/encoding.h"
#include "emulator/protocol/client_keys.h"
#include "emulator/protocol/tag_keys.h"
#include "emulator/services/sts/operations.h"

namespace millrace::sts {

Result<ports::SessionCaller> signed_caller(const Call& call) {
  if (call.caller.anonymous) return AwsError(errors::missing_token, "Request is missing Authentication Token");
  return ports::SessionCaller{call.caller.account, call.caller.access_key_id, call.caller.principal_arn,
                              call.caller.user_id};
}

namespace {

constexpr size_t kTagsMax = 50;

const Json* list_of(const Json& input, const char* member) {
  const Json* list = find(input, member);
  return list != nullptr && list->is_array() ? list : nullptr;
}

Result<void> read_tags(const Json& input, ports::SessionRequest& request) {
  std::set<std::string> seen;
  if (const Json* tags = list_of(input, "Tags")) {
    // unverified: how AWS prints the list
    if (tags->size() > kTagsMax)
      return AwsError(errors::validation,
                      protocol::validation_message({protocol::violation(
                          to_text(*tags), "tags", "Member must have length less than or equal to 50")}));
    for (const Json& tag : *tags) {
      const std::string key = text_of(tag, "Key"), value = text_of(tag, "Value");
      if (auto fault = protocol::tag_fault(key, value)) {
        const std::string path = "tags." + std::to_string(request.tags.size() + 1) + ".member." + fault->first;
        return AwsError(errors::validation, protocol::validation_message({protocol::violation(
                                                fault->first == "key" ? key : value, path, fault->second)}));
      }
      if (!seen.insert(to_lower(key)).second) {
        return AwsError(errors::invalid_parameter_value,
                        "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
      }
      if (protocol::is_reserved_tag_key(key)) {  // unverified: the words are IAM's
        return AwsError(errors::invalid_parameter_value, "Tag keys beginning with aws: are reserved for system use.");
      }
      request.tags.emplace_back(key, value);
    }
  }
  if (const Json* keys = list_of(input, "TransitiveTagKeys")) {
    for (const Json& key : *keys) {
      const std::string text = key.is_string() ? key.get<std::string>() : "";
      if (!seen.contains(to_lower(text))) {
        return AwsError(errors::invalid_parameter_value,
                        "The specified transitive tag key must be included in the requested tags.");
      }
      request.transitive_tag_keys.push_back(text);
    }
  }
  return {};
}

}  // namespace

Result<ports::SessionRequest> session_request(const Call& call) {
  ports::SessionRequest request;
  request.context = protocol::client_keys(call);
  const std::string seconds = text_of(call.input, "DurationSeconds");
  std::from_chars(seconds.data(), seconds.data() + seconds.size(), request.duration_s);
  if (const auto policy = optional_text(call.input, "Policy"); policy && !policy->empty()) {
    request.policies.push_back(*policy);
  }
  if (const Json* arns = list_of(call.input, "PolicyArns")) {
    for (const Json& entry : *arns) request.policy_arns.push_back(text_of(entry, "arn"));
  }
  TRY_VOID(read_tags(call.input, request));
  request.external_id = text_of(call.input, "ExternalId");
  request.source_identity = text_of(call.input, "SourceIdentity");
  return request;
}

Json credentials_view(const ports::Credentials& credentials) {
  return {{"AccessKeyId", credentials.access_key_id},
          {"SecretAccessKey", credentials.secret_access_key},
          {"SessionToken", credentials.session_token},
          {"Expiration", iso_seconds(credentials.expires_ms)}};
}

void add_session_facts(Json& answer, const ports::Session& session) {
  if (session.packed_policy_percent >= 0) answer["PackedPolicySize"] = session.packed_policy_percent;
  if (!session.source_identity.empty()) answer["SourceIdentity"] = session.source_identity;
}

}  // namespace millrace::sts
