#include "emulator/services/ssm/ssm.h"

#include "emulator/base/encoding.h"
#include "emulator/protocol/tag_keys.h"

#include <algorithm>

namespace millrace::ssm {

using namespace protocol;

namespace {

constexpr size_t kTagsMax = 50;

}  // namespace

void Ssm::expire_later(const Place& place, const Parameter& parameter) {
  if (!parameter.expires_ms) return;
  context.timers.at(*parameter.expires_ms, [this, place, name = parameter.name] {
    context.store.submit(
        [this, place, name](storage::Txn& txn) {
          if (read_parameter(txn, place, name, now())) return false;  // it was given more time
          erase_parameter(txn, place, name);
          return true;
        },
        [](storage::Outcome) {});
  });
}

Place place_of(const Call& call) {
  return {call.caller.account, call.caller.region};
}

AwsError not_found() {
  return {errors::not_found, ""};
}

ports::EncryptionContext encryption_context(const Place& place, const std::string& name) {
  return {{"PARAMETER_ARN", parameter_arn(place, name)}};
}

AwsError key_error(const Ssm& ssm, const AwsError& error) {
  return {errors::invalid_key, error.message + " (Service: AWSKMS; Status Code: 400; Error Code: " + error.kind->code +
                                   "; Request ID: " + ssm.context.random.uuid() + "; Proxy: null)"};
}

Result<AccessNeeds> key_needs(const Ssm& ssm, const Call& call, const std::string& action, const std::string& key,
                              const std::string& name) {
  const Place place = place_of(call);
  auto facts = ssm.keys->find_key(place.account, place.region, key.empty() ? kOwnKey : key);
  if (facts.has_error()) return key_error(ssm, facts.error());
  if (facts->aws_managed) return AccessNeeds{};
  AccessNeed need{"kms:" + action, facts->arn};
  need.context = ports::key_use_context("ssm", place.region, place.account, encryption_context(place, name));
  return AccessNeeds{need};
}

AccessNeed parameter_need(const Ssm& ssm, const Call& call, const std::string& action, const std::string& text) {
  const Place place = place_of(call);
  const auto named = parse_name(place, text);
  const std::string name = named ? named->name : text;
  AccessNeed need{"ssm:" + action, named ? parameter_arn(place, name) : text};
  if (const auto parameter = read_parameter(ssm.context.store, place, name, ssm.now())) {
    for (const auto& [key, value] : parameter->tags.items()) {
      need.context["aws:resourcetag/" + key] = need.context["ssm:resourcetag/" + key] = {value.get<std::string>()};
    }
  }
  return need;
}

std::function<Result<AccessNeeds>(const Call&)> parameter_access(Ssm& ssm, std::string action, std::string member) {
  return [&ssm, action, member](const Call& call) -> Result<AccessNeeds> {
    return AccessNeeds{parameter_need(ssm, call, action, text_of(call.input, member))};
  };
}

Shape tags_shape() {
  return list(structure({required("Key", string().length(1, 128)), required("Value", string().length(0, 256))}))
      .length(-1, 1000);
}

Result<Json> merged_tags(Json tags, const Json& list) {
  for (const Json& tag : list) {
    if (protocol::is_reserved_tag_key(text_of(tag, "Key")))  // unverified
      return AwsError(errors::validation, "Tag keys can't begin with aws:");
    tags[text_of(tag, "Key")] = text_of(tag, "Value");
  }
  if (tags.size() > kTagsMax) return AwsError(errors::too_many_tags, "");
  return tags;
}

Result<Json> shown_value(const Ssm& ssm, const Place& place, const Version& version, bool with_decryption) {
  Json out{{"Name", version.name}, {"Type", version.type}, {"Value", version.value.value_or("")}};
  if (version.sealed) {
    out["Value"] = *version.sealed;
    if (with_decryption) {
      auto opened = ssm.keys->decrypt(place.region, from_base64(*version.sealed).value_or(""),
                                      encryption_context(place, version.name));
      if (opened.has_error()) return key_error(ssm, opened.error());
      out["Value"] = std::move(opened->plaintext);
    }
  }
  out["Version"] = version.version;
  out["LastModifiedDate"] = epoch_seconds(version.modified_ms);
  out["ARN"] = parameter_arn(place, version.name);
  out["DataType"] = version.data_type;
  return out;
}

Result<AccessNeeds> decryption_needs(const Ssm& ssm, const Call& call, const std::vector<Version>& versions) {
  AccessNeeds needs;
  for (const Version& version : versions) {
    if (!version.sealed) continue;
    const std::string key = ssm.keys->key_of(call.caller.region, from_base64(*version.sealed).value_or(""));
    auto more = key_needs(ssm, call, "Decrypt", key, version.name);
    if (more.has_error()) continue;  // a key that is gone: told when the value is read
    needs.insert(needs.end(), more->begin(), more->end());
  }
  return needs;
}

}  // namespace millrace::ssm
