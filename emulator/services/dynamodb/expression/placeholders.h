#pragma once
// ExpressionAttributeNames and ExpressionAttributeValues of one request. All expressions of the request look
// their placeholders up here, and at the end those that none has used are an error.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/attribute/attribute_value.h"

namespace millrace::dynamodb {

class Placeholders {
 public:
  /// Adds `#n` → attribute name / `:v` → value. Of equal placeholders the last one stays.
  void add_name(std::string placeholder, std::string attribute);
  void add_value(std::string placeholder, AttributeValue value);
  /// Sorts what was added; call it once, before the first look-up.
  void seal();

  /// The attribute / value, marked as used; nullptr if it isn't defined. Valid as long as this object.
  const std::string* name(std::string_view placeholder);
  const AttributeValue* value(std::string_view placeholder);

  /// "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}", or nullopt if all are
  /// used. Names come before values.
  std::optional<std::string> unused() const;

 private:
  template <class T>
  struct Entry {
    std::string placeholder;
    T target;
    bool used = false;
  };
  std::vector<Entry<std::string>> names_;
  std::vector<Entry<AttributeValue>> values_;
};

/// True for `#` / `:` followed by at least one letter, digit or underscore.
bool is_name_placeholder(std::string_view text);
bool is_value_placeholder(std::string_view text);

}  // namespace millrace::dynamodb
