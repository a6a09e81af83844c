#include "emulator/services/dynamodb/items/input.h"

#include "emulator/base/encoding.h"
#include "emulator/services/dynamodb/errors.h"

namespace millrace::dynamodb {
namespace {

namespace dom = simdjson::dom;

// Source: developer guide, "Expression parameters" quotas: one placeholder, and all with what they stand for.
constexpr size_t kPlaceholderBytesMax = 255;
constexpr size_t kPlaceholdersBytesMax = 2 << 20;

bool flag_of(dom::element element) {
  bool value;
  if (!element.get_bool().get(value)) return value;
  std::string_view text;
  if (element.get_string().get(text)) return false;
  return equals_ignore_case(text, "true") || equals_ignore_case(text, "yes") || text == "1";
}

std::string listing(const std::vector<const char*>& names) {
  std::string out = "{";
  for (const char* name : names) {
    if (out.size() > 1) out.append(", ");
    out.append(name);
  }
  return out + "}";
}

}  // namespace

AwsError validation_error(Wording wording, std::string text) {
  if (wording == Wording::prefixed) text.insert(0, "1 validation error detected: ");
  return {errors::validation, std::move(text)};
}

AwsError mixing_error(Wording wording, const std::vector<const char*>& non_expression,
                      const std::vector<const char*>& expression) {
  return validation_error(
      wording,
      "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: " +
          listing(non_expression) + " Expression parameters: " + listing(expression));
}

ItemInput::ItemInput(dom::element object, Wording wording) : wording_(wording), object_(object) {
  dom::object members;
  if (object.get_object().get(members)) {
    wrong_type_ = object.is_array() ? "Unrecognized collection type" : "Unexpected value type in payload";
    return;
  }
  for (auto [name, value] : members) {
    if (!value.is_null()) members_.emplace_back(name, value);
  }
}

std::optional<dom::element> ItemInput::find(std::string_view name) const {
  // Of equal names the last one counts.
  for (auto it = members_.rbegin(); it != members_.rend(); ++it) {
    if (it->first == name) return it->second;
  }
  return std::nullopt;
}

std::string_view ItemInput::text(std::string_view name) const {
  return optional_text(name).value_or(std::string_view());
}

std::optional<std::string_view> ItemInput::optional_text(std::string_view name) const {
  auto element = find(name);
  std::string_view text;
  if (!element || element->get_string().get(text)) return std::nullopt;
  return text;
}

bool ItemInput::flag(std::string_view name) const {
  auto element = find(name);
  return element && flag_of(*element);
}

std::optional<int64_t> ItemInput::integer(std::string_view name) const {
  auto element = find(name);
  int64_t value;
  if (!element || element->get_int64().get(value)) return std::nullopt;
  return value;
}

void ItemInput::keep(std::string_view name, AttributeError error) {
  if (error.serialization) {
    if (!wrong_type_) wrong_type_ = std::move(error.message);
  } else {
    invalid_values_.emplace_back(name, std::move(error.message));
  }
}

AttributeMap ItemInput::attributes(std::string_view name) {
  auto element = find(name);
  return element ? attribute_map(*element, name) : AttributeMap();
}

AttributeMap ItemInput::attribute_map(dom::element element, std::string_view name) {
  auto result = read_attributes(element, layer_of(wording_));
  if (auto* error = std::get_if<AttributeError>(&result)) {
    keep(name, std::move(*error));
    return {};
  }
  return std::get<AttributeMap>(std::move(result));
}

AttributeValue ItemInput::attribute(dom::element element, std::string_view name) {
  auto result = read_attribute(element, layer_of(wording_));
  if (auto* error = std::get_if<AttributeError>(&result)) {
    keep(name, std::move(*error));
    return {};
  }
  return std::get<AttributeValue>(std::move(result));
}

void ItemInput::read_placeholders() {
  dom::object members;
  if (auto names = find("ExpressionAttributeNames"); names && !names->get_object().get(members)) {
    for (auto [key, value] : members) {
      std::string_view text;
      if (!value.get_string().get(text)) names_.emplace_back(key, text);
    }
  }
  auto values = find("ExpressionAttributeValues");
  if (!values) return;
  if (values->get_object().get(members)) {
    wrong_type_ = values->is_array() ? "Unrecognized collection type java.util.Map<java.lang.String, "
                                       "com.amazonaws.dynamodb.v20120810.AttributeValue>"
                                     : "Unexpected field type";
    return;
  }
  for (auto [key, value] : members) {
    auto result = read_attribute(value, layer_of(wording_));
    auto* error = std::get_if<AttributeError>(&result);
    if (error && error->serialization && !wrong_type_) wrong_type_ = error->message;
    values_.emplace_back(std::string(key), std::move(result));
  }
}

Result<void> ItemInput::check_types() const {
  if (wrong_type_) return AwsError(errors::serialization, *wrong_type_);
  return {};
}

std::string constraint_text(const std::string& path, const std::string& constraint) {
  return "1 validation error detected: Value at '" + path + "' failed to satisfy constraint: " + constraint;
}

std::optional<std::string> empty_table_name(const ItemInput& input) {
  if (input.optional_text("TableName") != "") return std::nullopt;
  return constraint_text("TableName", "Member must have length greater than or equal to 1");
}

Result<void> ItemInput::check(const protocol::Shape& shape, Reword reword) const {
  TRY_VOID(check_types());
  auto error = protocol::check_dom_input(shape, object_);
  const bool wrong_type = error.kind == protocol::InputError::Kind::serialization;
  if (wrong_type) return AwsError(errors::serialization, error.message);
  if (!error) return {};
  auto other = reword ? reword(*this, error.message) : std::nullopt;
  return AwsError(errors::validation, other.value_or(error.message));
}

Result<void> ItemInput::check_values(std::string_view name) const {
  for (const auto& [member, text] : invalid_values_) {
    if (member == name) return invalid(text);
  }
  return {};
}

Result<void> ItemInput::check_mixing(const std::vector<const char*>& non_expression,
                                     const std::vector<const char*>& expression) const {
  std::vector<const char*> old_ones, new_ones;
  for (const char* name : non_expression) {
    if (has(name)) old_ones.push_back(name);
  }
  for (const char* name : expression) {
    if (has(name)) new_ones.push_back(name);
  }
  if (old_ones.empty() || new_ones.empty()) return {};
  return mixing_error(wording_, old_ones, new_ones);
}

Result<void> ItemInput::check_placeholders_allowed(const std::vector<const char*>& expressions,
                                                   const std::vector<const char*>& with_values) const {
  auto any = [&](const std::vector<const char*>& names) {
    for (const char* name : names) {
      if (has(name)) return true;
    }
    return false;
  };
  if (has("ExpressionAttributeNames") && !any(expressions)) {
    return invalid("ExpressionAttributeNames can only be specified when using expressions");
  }
  if (has("ExpressionAttributeValues") && !any(with_values)) {
    constexpr char kText[] = "ExpressionAttributeValues can only be specified when using expressions";
    if (wording_ == Wording::prefixed && with_values.size() == 1) return invalid(kText);
    std::string missing;
    for (const char* name : with_values) {
      if (!missing.empty()) missing.append(" and ");
      missing.append(name);
    }
    return invalid(std::string(kText) + ": " + missing + (with_values.size() > 1 ? " are null" : " is null"));
  }
  return {};
}

Result<void> ItemInput::check_placeholder_sizes() const {
  size_t total = 0;
  auto check = [&](const std::string& key, size_t target, const char* member) -> Result<void> {
    if (key.size() > kPlaceholderBytesMax) {
      // unverified wording; the limit is documented.
      return invalid(std::string(member) +
                     " contains invalid key: The expression attribute map contains a key that is too long");
    }
    total += key.size() + target;
    if (total > kPlaceholdersBytesMax) return invalid(std::string(member) + " exceeds max size");
    return {};
  };
  for (const auto& [key, attribute] : names_) TRY_VOID(check(key, attribute.size(), "ExpressionAttributeNames"));
  for (const auto& [key, value] : values_) {
    auto* valid = std::get_if<AttributeValue>(&value);
    TRY_VOID(check(key, valid ? size_bytes(*valid) : 0, "ExpressionAttributeValues"));
  }
  return {};
}

Result<void> ItemInput::placeholders(Placeholders& out) {
  TRY_VOID(check_placeholder_sizes());
  if (has("ExpressionAttributeNames") && names_.empty()) return invalid("ExpressionAttributeNames must not be empty");
  for (auto& [key, attribute] : names_) {
    if (!is_name_placeholder(key)) {
      return invalid("ExpressionAttributeNames contains invalid key: Syntax error; key: \"" + key + "\"");
    }
    // unverified wording of both; names of 65,536 characters fail with the shape
    if (attribute.empty())
      return invalid("ExpressionAttributeNames contains invalid value: Empty attribute name for key " + key);
    if (attribute_name_error(attribute)) {
      return invalid(
          "ExpressionAttributeNames contains invalid value: Attribute name is too large, must be less than "
          "65536 bytes for key " +
          key);
    }
    out.add_name(key, std::move(attribute));
  }
  if (has("ExpressionAttributeValues") && values_.empty())
    return invalid("ExpressionAttributeValues must not be empty");
  for (auto& [key, value] : values_) {
    if (!is_value_placeholder(key)) {
      return invalid("ExpressionAttributeValues contains invalid key: Syntax error; key: \"" + key + "\"");
    }
  }
  for (auto& [key, value] : values_) {
    if (auto* error = std::get_if<AttributeError>(&value)) {
      if (layer_of(wording_) == ValueLayer::current) return invalid(std::move(error->message));
      return invalid("ExpressionAttributeValues contains invalid value: " + error->message + " for key " + key);
    }
    out.add_value(key, std::get<AttributeValue>(std::move(value)));
  }
  out.seal();
  return {};
}

AwsError ItemInput::invalid(std::string text) const {
  return validation_error(wording_, std::move(text));
}

}  // namespace millrace::dynamodb
