#pragma once
// One face over two JSON libraries, for the checker: nlohmann (control planes) and simdjson (items).

#include <fmt/format.h>
#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/json.h"

namespace millrace::protocol {

class JsonView {
 public:
  explicit JsonView(const Json& value) : value_(&value) {}

  bool is_null() const { return value_->is_null(); }
  bool is_string() const { return value_->is_string(); }
  bool is_boolean() const { return value_->is_boolean(); }
  bool is_integer() const { return value_->is_number_integer(); }
  bool is_float() const { return value_->is_number_float(); }
  bool is_array() const { return value_->is_array(); }
  bool is_object() const { return value_->is_object(); }
  /// Query-protocol and URL parameters are texts whatever their type: a text that reads as a number is one.
  bool is_text_form() const { return value_->is_string(); }
  bool text_is_integer() const {
    const auto& text = value_->get_ref<const std::string&>();
    size_t from = text.starts_with('-') ? 1 : 0;
    return text.size() > from && text.find_first_not_of("0123456789", from) == std::string::npos;
  }
  std::string_view string() const {
    return is_string() ? std::string_view(value_->get_ref<const std::string&>()) : std::string_view();
  }
  double number() const {
    if (value_->is_number()) return value_->get<double>();
    return is_string() ? std::strtod(value_->get_ref<const std::string&>().c_str(), nullptr) : 0;
  }
  std::string text() const { return is_string() ? std::string(string()) : to_text(*value_); }
  size_t size() const { return value_->size(); }
  const char* token_name() const {
    if (is_boolean()) return value_->get<bool>() ? "TRUE_VALUE" : "FALSE_VALUE";
    if (is_string()) return "STRING_VALUE";
    return is_float() ? "DECIMAL_VALUE" : "NUMBER_VALUE";
  }
  std::optional<JsonView> field(std::string_view name) const {
    const Json* child = find(*value_, name);
    return child ? std::optional(JsonView(*child)) : std::nullopt;
  }
  template <class Visit>
  void each_element(Visit visit) const {
    for (const Json& element : *value_) {
      if (!visit(JsonView(element))) return;
    }
  }
  template <class Visit>
  void each_field(Visit visit) const {
    for (const auto& [name, element] : value_->items()) {
      if (!visit(std::string_view(name), JsonView(element))) return;
    }
  }

 private:
  const Json* value_;
};

class DomView {
 public:
  explicit DomView(const simdjson::dom::element& value) : value_(value) {}

  bool is_null() const { return value_.is_null(); }
  bool is_string() const { return value_.is_string(); }
  bool is_boolean() const { return value_.is_bool(); }
  bool is_integer() const { return value_.is_int64() || value_.is_uint64(); }
  // is_double() is true for integers too.
  bool is_float() const { return value_.type() == simdjson::dom::element_type::DOUBLE; }
  bool is_array() const { return value_.is_array(); }
  bool is_object() const { return value_.is_object(); }
  bool is_text_form() const { return false; }
  bool text_is_integer() const { return false; }
  std::string_view string() const {
    std::string_view out;
    return value_.get_string().get(out) ? std::string_view() : out;
  }
  double number() const {
    double out;
    return value_.get_double().get(out) ? 0 : out;
  }
  std::string text() const { return is_string() ? std::string(string()) : std::string(simdjson::minify(value_)); }
  size_t size() const {
    if (is_array()) return simdjson::dom::array(value_).size();
    return is_object() ? simdjson::dom::object(value_).size() : 0;
  }
  const char* token_name() const {
    if (is_boolean()) return bool(value_) ? "TRUE_VALUE" : "FALSE_VALUE";
    if (is_string()) return "STRING_VALUE";
    return is_float() ? "DECIMAL_VALUE" : "NUMBER_VALUE";
  }
  std::optional<DomView> field(std::string_view name) const {
    simdjson::dom::element child;
    if (value_.at_key(name).get(child) || child.is_null()) return std::nullopt;
    return DomView(child);
  }
  template <class Visit>
  void each_element(Visit visit) const {
    for (simdjson::dom::element element : simdjson::dom::array(value_)) {
      if (!visit(DomView(element))) return;
    }
  }
  template <class Visit>
  void each_field(Visit visit) const {
    for (auto [name, element] : simdjson::dom::object(value_)) {
      if (!visit(name, DomView(element))) return;
    }
  }

 private:
  simdjson::dom::element value_;
};

}  // namespace millrace::protocol
