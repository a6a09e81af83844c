#include <re2/re2.h>

#include "emulator/base/encoding.h"
#include "emulator/services/ssm/ssm.h"

namespace millrace::ssm {

using namespace protocol;

namespace {

constexpr size_t kStandardBytes = 4096;
constexpr size_t kAdvancedBytes = 8192;
constexpr size_t kVersionsMax = 100;
constexpr size_t kParametersMax = 10'000;  // standard ones of an account in a region, as on AWS

AwsError bad(const std::string& what) {
  return {errors::validation, what};
}

const Shape& put_input() {
  static const Shape input = structure({
      required("Name", string().length(1, 2048)),
      optional("Description", string().length(0, 1024)),
      required("Value", string().length(1, -1)),
      optional("Type", string().one_of({"SecureString", "StringList", "String"})),
      optional("KeyId", string().length(1, 256).pattern("^([a-zA-Z0-9:/_-]+)$")),
      optional("Overwrite", boolean()),
      optional("AllowedPattern", string().length(0, 1024)),
      optional("Tags", tags_shape()),
      optional("Tier", string().one_of({"Standard", "Advanced", "Intelligent-Tiering"})),
      optional("Policies", string().length(1, 4096)),
      optional("DataType", string().length(0, 128)),
  });
  return input;
}

Result<void> check_value(const std::string& value, const std::string& pattern) {
  if (pattern.empty()) return {};
  const re2::RE2 regex(pattern, re2::RE2::Quiet);
  if (!regex.ok())
    return AwsError(errors::invalid_pattern, "The request doesn't meet the regular expression requirement.");
  if (re2::RE2::FullMatch(value, regex)) return {};
  return AwsError(errors::pattern_mismatch, "Parameter value, cannot be validated against allowedPattern: " + pattern);
}

/// The tier that the version will have.
Result<std::string> resolved_tier(const Json& in, const std::string& before, bool has_policies) {
  const std::string wanted = text_of(in, "Tier", before.empty() ? "Standard" : before.c_str());
  const size_t bytes = text_of(in, "Value").size();
  const bool needs_advanced = bytes > kStandardBytes || has_policies;
  std::string tier = wanted;
  if (wanted == "Intelligent-Tiering") tier = needs_advanced || before == "Advanced" ? "Advanced" : "Standard";
  if (tier == "Standard" && before == "Advanced")
    return bad(
        "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter "
        "tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a "
        "standard parameter.");
  if (tier == "Standard" && bytes > kStandardBytes)
    return bad(
        "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter "
        "value, upgrade the parameter to use the advanced-parameter tier. For more information, see "
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html");
  if (tier == "Standard" && has_policies)  // unverified
    return bad("Parameter policies are only supported for advanced parameters.");
  if (bytes > kAdvancedBytes)
    return bad("Advanced tier parameters support a maximum parameter value of 8192 characters.");
  return tier;
}

/// What can be told without the parameter as it is.
Result<void> check_request(const Json& in) {
  TRY_VOID(check_new_name(text_of(in, "Name")));
  const std::string data_type = text_of(in, "DataType", "text");
  if (!data_type.empty() && data_type != "text" && data_type != "aws:ec2:image" && data_type != "aws:ssm:integration")
    return bad("The following data type is not supported: " + data_type + " (Data type names are all lowercase.)");
  const Json* tags = find(in, "Tags");
  if (bool_of(in, "Overwrite") && tags && !tags->empty())
    return bad(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove "
        "overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or "
        "RemoveTagsFromResource.");
  return {};
}

/// The next version, by the request and what there was before.
Result<Parameter> next_version(const Ssm& ssm, const Call& call, const std::optional<Parameter>& before) {
  const Json& in = call.input;
  const std::string type = text_of(in, "Type", before ? before->type : "");
  if (type.empty()) return bad("A parameter type is required when you create a parameter.");
  if (before && before->type != type)  // unverified
    return AwsError(errors::type_mismatch,
                    "Parameter Store does not support changing a parameter type in a hierarchy. For example, you can't "
                    "change a parameter from a String type to a SecureString type. You must create a new, unique "
                    "parameter.");
  Parameter next = before.value_or(Parameter());
  next.name = text_of(in, "Name");
  next.account = call.caller.account;
  next.region = call.caller.region;
  next.type = type;
  if (find(in, "Description")) next.description = text_of(in, "Description");
  next.pattern = text_of(in, "AllowedPattern");
  next.data_type = text_of(in, "DataType", next.data_type);
  if (next.data_type.empty()) next.data_type = "text";
  if (find(in, "Policies") || !before) TRY_VOID(read_policies(text_of(in, "Policies"), next));
  TRY(next.tier, resolved_tier(in, next.tier, next.policies.has_value()));
  if (type == "SecureString") {
    next.key_id = text_of(in, "KeyId", next.key_id.value_or(kOwnKey));
  } else if (find(in, "KeyId")) {
    return bad("KeyId is required for SecureString type parameter only.");
  }
  TRY_VOID(check_value(text_of(in, "Value"), next.pattern));
  next.version = before ? before->version + 1 : 1;
  next.modified_ms = ssm.now();
  next.user = call.caller.principal_arn;
  return next;
}

/// Puts the value in, sealed if it is a secret. Not within a change: a key may have to be made.
Result<std::string> sealed_value(const Ssm& ssm, const Call& call, const std::string& key) {
  const Place place = place_of(call);
  auto facts = ssm.keys->find_key(place.account, place.region, key);
  if (facts.has_error()) return key_error(ssm, facts.error());
  auto sealed = ssm.keys->encrypt(facts->arn, text_of(call.input, "Value"),
                                  encryption_context(place, text_of(call.input, "Name")));
  if (sealed.has_error()) return key_error(ssm, sealed.error());
  return to_base64(*sealed);
}

/// The 101st version takes the oldest one's place, unless that has a label.
Result<void> drop_oldest(storage::Txn& txn, const Place& place, Parameter& next) {
  const int64_t first = next.first_version;
  if (next.version - first < static_cast<int64_t>(kVersionsMax)) return {};
  for (const auto& [label, version] : next.labels.items()) {
    if (version == first)
      return AwsError(errors::version_limit,
                      "You attempted to create a new version of " + next.name +
                          " by calling the PutParameter API with the overwrite flag. Version " + std::to_string(first) +
                          ", the oldest version, can't be deleted because it has a label associated with it. Move the "
                          "label to another version of the parameter, and try again.");
  }
  erase_version(txn, place, next.name, first);
  next.first_version = first + 1;
  return {};
}

Result<Json> put(Ssm& ssm, const Call& call) {
  const Json& in = call.input;
  const Place place = place_of(call);
  const std::string name = text_of(in, "Name");
  TRY_VOID(check_request(in));
  auto stored = read_parameter(ssm.context.store, place, name, ssm.now());
  TRY(Parameter draft, next_version(ssm, call, stored));
  std::string sealed;
  if (draft.type == "SecureString" && (!stored || bool_of(in, "Overwrite"))) {
    TRY(sealed, sealed_value(ssm, call, draft.key_id.value_or(kOwnKey)));
  }
  TRY(Json tags, merged_tags(Json::object(), in.value("Tags", Json::array())));
  size_t count = 0;
  if (!stored)
    each_parameter(ssm.context.store, place, "", ssm.now(), [&](Parameter) { return ++count < kParametersMax; });
  if (count >= kParametersMax)
    return AwsError(
        errors::limit_exceeded,
        "You have exceeded the number of parameters for this AWS account. Delete one or more parameters and "
        "try again.");
  return ssm.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    const auto before = read_parameter(txn, place, name, ssm.now());
    if (before && !bool_of(in, "Overwrite"))
      return AwsError(errors::already_exists,
                      "The parameter already exists. To overwrite this value, set the overwrite option in the request "
                      "to true.");
    TRY(Parameter next, next_version(ssm, call, before));
    if (!before) {
      erase_parameter(txn, place, name);  // what an expired one may have left
      next.tags = tags;
    }
    const bool secret = next.type == "SecureString";
    next.value = secret ? std::nullopt : std::optional(text_of(in, "Value"));
    next.sealed = secret ? std::optional(sealed) : std::nullopt;
    if (before) put_earlier(txn, place, *before);
    TRY_VOID(drop_oldest(txn, place, next));
    put_parameter(txn, place, next);
    ssm.expire_later(place, next);
    return Json{{"Version", next.version}, {"Tier", next.tier}};
  });
}

}  // namespace

Operation put_parameter_operation(Ssm& ssm) {
  auto access = [&ssm](const Call& call) -> Result<AccessNeeds> {
    const std::string name = text_of(call.input, "Name");
    AccessNeeds needs{parameter_need(ssm, call, "PutParameter", name)};
    needs[0].context["ssm:overwrite"] = {bool_of(call.input, "Overwrite") ? "true" : "false"};
    const Json tags = call.input.value("Tags", Json::array());
    for (const Json& tag : tags) {
      needs[0].context["aws:requesttag/" + text_of(tag, "Key")] = {text_of(tag, "Value")};
      needs[0].context["aws:tagkeys"].push_back(text_of(tag, "Key"));
    }
    if (!tags.empty()) needs.push_back(parameter_need(ssm, call, "AddTagsToResource", name));
    if (text_of(call.input, "Type") == "SecureString") {
      const bool advanced = text_of(call.input, "Tier") == "Advanced";
      TRY(AccessNeeds more,
          key_needs(ssm, call, advanced ? "GenerateDataKey" : "Encrypt", text_of(call.input, "KeyId"), name));
      needs.insert(needs.end(), more.begin(), more.end());
    }
    return needs;
  };
  auto handle = [&ssm](Call& call) -> Result<Json> { return put(ssm, call); };
  return {.name = "PutParameter",
          .input = &put_input(),
          .access = access,
          .handle = JsonHandler(handle),
          .checks_root = true};
}

}  // namespace millrace::ssm
