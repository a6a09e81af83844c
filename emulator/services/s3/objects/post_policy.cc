#include "emulator/services/s3/objects/post_policy.h"

#include <charconv>
#include <set>

#include "emulator/base/encoding.h"
#include "emulator/base/json.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

namespace {

AwsError denied(std::string reason) {
  return {errors::access_denied, "Invalid according to Policy: " + std::move(reason)};
}
AwsError bad_document(const char* reason) {
  return {errors::invalid_policy_document, std::string("Invalid Policy: ") + reason};
}

/// A condition as it is shown: ["eq", "$key", "x"].
std::string shown(const std::string& op, const std::string& field, const std::string& value) {
  return "[\"" + op + "\", \"$" + field + "\", \"" + value + "\"]";
}

/// A number, or one written as a string.
std::optional<uint64_t> bytes_in(const Json& value) {
  if (value.is_number_unsigned()) return value.get<uint64_t>();
  if (!value.is_string()) return std::nullopt;
  const std::string text = value.get<std::string>();
  uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

class Check {
 public:
  Check(const protocol::Headers& fields, const std::string& bucket) : fields_(fields), bucket_(bucket) {}

  Result<void> one(const Json& condition) {
    if (condition.is_object()) {
      for (const auto& [field, value] : condition.items()) {
        if (!value.is_string()) return bad_document("Invalid Simple-Condition: value must be a string.");
        TRY_VOID(matches("eq", to_lower(field), value.get<std::string>()));
      }
      return {};
    }
    if (!condition.is_array() || condition.size() != 3 || !condition[0].is_string())
      return bad_document("Invalid condition.");
    std::string op = to_lower(condition[0].get<std::string>());
    if (op == "content-length-range") return length(condition);
    if ((op != "eq" && op != "starts-with") || !condition[1].is_string() || !condition[2].is_string())
      return bad_document("Invalid condition.");
    const std::string field = to_lower(condition[1].get<std::string>()), wanted = condition[2].get<std::string>();
    // Without the mark it is no field's name, and nothing meets it.
    if (!field.starts_with('$'))
      return denied("Policy Condition failed: [\"" + op + "\", \"" + field + "\", \"" + wanted + "\"]");
    return matches(op, field.substr(1), wanted);
  }

  /// Every field but a few must be named by a condition.
  Result<void> all_named() const {
    static const std::set<std::string> exempt = {"policy", "x-amz-signature", "signature", "awsaccesskeyid",
                                                 "file",   "submit"};
    for (const auto& [name, value] : fields_) {
      if (exempt.count(name) || name.starts_with("x-ignore-") || named_.count(name)) continue;
      return denied("Extra input fields: " + name);
    }
    return {};
  }
  const PostLimits& limits() const { return limits_; }

 private:
  Result<void> matches(const std::string& op, const std::string& field, const std::string& wanted) {
    named_.insert(field);
    std::string actual = field == "bucket" ? bucket_ : std::string(fields_.get(field));
    bool fits = op == "eq" ? actual == wanted : std::string_view(actual).starts_with(wanted);
    if (fits) return {};
    return denied("Policy Condition failed: " + shown(op, field, wanted));
  }
  Result<void> length(const Json& condition) {
    const auto least = bytes_in(condition[1]), most = bytes_in(condition[2]);
    if (!least || !most) return bad_document("Invalid content-length-range.");
    limits_ = {*least, *most};
    return {};
  }

  const protocol::Headers& fields_;
  const std::string& bucket_;
  std::set<std::string> named_;
  PostLimits limits_;
};

}  // namespace

Result<PostLimits> check_post_policy(const std::string& encoded, const protocol::Headers& fields,
                                     const std::string& bucket, Millis now) {
  auto text = from_base64(encoded);
  auto document = text ? parse_json(*text) : std::nullopt;
  if (!document || !document->is_object()) return bad_document("Invalid JSON.");
  Millis expires = parse_iso(text_of(*document, "expiration"));
  if (expires < 0) return bad_document("Policy missing expiration.");
  if (now > expires) return denied("Policy expired.");
  const Json* conditions = find(*document, "conditions");
  if (!conditions || !conditions->is_array()) return bad_document("Policy missing conditions.");
  Check check(fields, bucket);
  for (const Json& condition : *conditions) TRY_VOID(check.one(condition));
  TRY_VOID(check.all_named());
  return check.limits();
}

}  // namespace millrace::s3
