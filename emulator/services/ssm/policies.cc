// Parameter policies: Expiration acts, the two that notify EventBridge are kept and shown.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html

#include "emulator/services/ssm/ssm.h"

namespace millrace::ssm {

namespace {

constexpr size_t kPoliciesMax = 10;

AwsError bad_attribute(const std::string& what) {
  return {errors::policy_attribute, what};
}

Result<void> check_policy(const Json& policy, Parameter& into, bool& expires) {
  const std::string type = text_of(policy, "Type");
  const Json attributes = policy.value("Attributes", Json::object());
  if (!policy.contains("Version") || !attributes.is_object())
    return bad_attribute("The policy attributes aren't valid: Version and Attributes are required.");
  if (type == "Expiration") {
    const Millis at = parse_iso(text_of(attributes, "Timestamp"));
    if (at < 0) return bad_attribute("The policy attribute Timestamp isn't valid.");
    if (expires) return AwsError(errors::policy_incompatible, "There can be only one Expiration policy.");
    expires = true;
    into.expires_ms = at;
    return {};
  }
  if (type != "ExpirationNotification" && type != "NoChangeNotification")
    return AwsError(errors::policy_type,
                    "The policy type isn't supported. Parameter Store supports the following policy types: Expiration, "
                    "ExpirationNotification, and NoChangeNotification.");
  const std::string unit = text_of(attributes, "Unit");
  if (unit != "Days" && unit != "Hours") return bad_attribute("The policy attribute Unit isn't valid.");
  return {};
}

}  // namespace

// unverified: the words of these errors are the documentation's descriptions of the codes.
Result<void> read_policies(const std::string& text, Parameter& into) {
  into.expires_ms.reset();
  into.policies.reset();
  if (text.empty() || text == "[{}]" || text == "{}" || text == "[]") return {};
  const auto policies = parse_json(text);
  if (!policies || !policies->is_array()) return bad_attribute("The policies aren't a JSON array.");
  if (policies->size() > kPoliciesMax)
    return AwsError(
        errors::policies_limit,
        "You specified more than the maximum number of allowed policies for the parameter. The maximum is 10.");
  bool expires = false;
  for (const Json& policy : *policies) TRY_VOID(check_policy(policy, into, expires));
  for (const Json& policy : *policies) {
    if (text_of(policy, "Type") == "ExpirationNotification" && !expires)
      return AwsError(errors::policy_incompatible, "An ExpirationNotification policy needs an Expiration policy.");
  }
  into.policies = *policies;
  return {};
}

Json shown_policies(const Version& version, Millis now) {
  Json out = Json::array();
  const Json policies = version.policies.value_or(Json::array());
  for (const Json& policy : policies) {
    const bool over = text_of(policy, "Type") == "Expiration" &&
                      parse_iso(text_of(policy.value("Attributes", Json::object()), "Timestamp")) <= now;
    out.push_back({{"PolicyText", to_text(policy)},
                   {"PolicyType", text_of(policy, "Type")},
                   {"PolicyStatus", over ? "Finished" : "Pending"}});
  }
  return out;
}

}  // namespace millrace::ssm
