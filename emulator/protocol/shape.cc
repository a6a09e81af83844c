#include "emulator/protocol/shape.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/protocol/pattern.h"
#include "emulator/protocol/shape_view.h"

namespace millrace::protocol {

Shape& Shape::length(int64_t min, int64_t max) {
  if (min >= 0) min_length_ = min;
  if (max >= 0) max_length_ = max;
  return *this;
}
Shape& Shape::range(int64_t min, int64_t max) {
  min_value_ = min;
  max_value_ = max;
  return *this;
}
Shape& Shape::at_least(int64_t min) {
  min_value_ = min;
  return *this;
}
Shape& Shape::pattern(std::string regex) {
  pattern_ = std::make_shared<Pattern>(std::move(regex));
  return *this;
}
Shape& Shape::one_of(std::vector<std::string> values) {
  values_ = std::move(values);
  return *this;
}
Shape& Shape::or_arn() {
  or_arn_ = true;
  return *this;
}
Shape& Shape::of(Shape element) {
  element_ = std::make_shared<Shape>(std::move(element));
  return *this;
}
Shape& Shape::keys(Shape key) {
  key_ = std::make_shared<Shape>(std::move(key));
  return *this;
}
Shape& Shape::members(std::vector<Member> members) {
  members_ = std::make_shared<std::vector<Member>>(std::move(members));
  return *this;
}
Shape& Shape::named(std::string name) {
  name_ = std::move(name);
  return *this;
}
Shape& Shape::report_on_whole() {
  report_on_whole_ = true;
  return *this;
}

Shape string() {
  return Shape(Shape::Kind::string);
}
Shape blob() {
  return Shape(Shape::Kind::blob);
}
Shape integer() {
  return Shape(Shape::Kind::integer);
}
Shape number() {
  return Shape(Shape::Kind::number);
}
Shape boolean() {
  return Shape(Shape::Kind::boolean);
}
Shape timestamp() {
  return Shape(Shape::Kind::timestamp);
}
Shape any() {
  return Shape(Shape::Kind::any);
}
Shape list(Shape of) {
  return Shape(Shape::Kind::list).of(std::move(of));
}
Shape map(Shape of) {
  return Shape(Shape::Kind::map).of(std::move(of));
}
Shape structure(std::vector<Member> members) {
  return Shape(Shape::Kind::structure).members(std::move(members));
}
Member required(std::string name, Shape shape) {
  return {std::move(name), std::move(shape), true};
}
Member optional(std::string name, Shape shape) {
  return {std::move(name), std::move(shape), false};
}

std::string violation(const std::optional<std::string>& value, std::string_view path, std::string_view constraint) {
  if (!value) return fmt::format("Value null at '{}' failed to satisfy constraint: {}", path, constraint);
  return fmt::format("Value '{}' at '{}' failed to satisfy constraint: {}", *value, path, constraint);
}

std::string validation_message(const std::vector<std::string>& violations) {
  std::string out =
      fmt::format("{} validation error{} detected: ", violations.size(), violations.size() == 1 ? "" : "s");
  for (size_t i = 0; i < violations.size(); ++i) {
    if (i) out += "; ";
    out += violations[i];
  }
  return out;
}

namespace {

constexpr size_t kViolationsMax = 10;  // AWS lists no more

std::string lower_camel(std::string_view name) {
  std::string out(name);
  if (!out.empty() && out[0] >= 'A' && out[0] <= 'Z') out[0] = static_cast<char>(out[0] + 32);
  return out;
}

size_t utf8_length(std::string_view text) {
  size_t n = 0;
  for (unsigned char c : text) n += (c & 0xc0) != 0x80;
  return n;
}

std::string joined(const std::vector<std::string>& values) {
  std::string out = "[";
  for (size_t i = 0; i < values.size(); ++i) out += (i ? ", " : "") + values[i];
  return out + "]";
}

InputError serialization(std::string message) {
  return {InputError::Kind::serialization, std::move(message)};
}

}  // namespace

/// Walks a shape and a document side by side. View is a thin face over one JSON library's value.
template <class View>
class Checker {
 public:
  InputError run(const Shape& shape, const View& input) {
    if (auto error = types(shape, input, Place::value)) return error;
    quiet_ = true;
    constraints(shape, input, "");
    if (!broken_) return {};
    quiet_ = false;
    constraints(shape, input, "");
    return {InputError::Kind::validation, validation_message(violations_)};
  }

 private:
  /// A structure's member, or the body, a list's element, a map's value: AWS words wrong structures by that.
  enum class Place { field, value };

  static InputError types(const Shape& shape, const View& value, Place place) {
    if (value.is_null()) return {};
    switch (shape.kind_) {
      case Shape::Kind::any: return {};
      case Shape::Kind::string: return scalar_type(value, "String");
      case Shape::Kind::blob: return value.is_string() ? InputError{} : wrong_blob(value);
      case Shape::Kind::integer:
        // One that is named (Long, Integer) is a JSON protocol's, and never a text.
        if (shape.name_.empty() && value.is_text_form() && value.text_is_integer()) return {};
        if (!value.is_integer()) return wrong_kind(value, shape.name_.empty() ? "Integer" : shape.name_.c_str());
        return {};
      case Shape::Kind::number:
      case Shape::Kind::timestamp:
        if (value.is_text_form()) return {};
        if (!value.is_integer() && !value.is_float() && !(shape.kind_ == Shape::Kind::timestamp && value.is_string()))
          return wrong_kind(value, "Double");
        return {};
      case Shape::Kind::boolean: return boolean_type(value);
      case Shape::Kind::list: return list_types(shape, value);
      case Shape::Kind::map: return map_types(shape, value);
      case Shape::Kind::structure: return structure_types(shape, value, place);
    }
    return {};
  }

  static InputError scalar_type(const View& value, const char* wanted) {
    return value.is_string() ? InputError{} : wrong_kind(value, wanted);
  }

  static InputError boolean_type(const View& value) {
    if (value.is_boolean()) return {};
    if (value.is_string()) {
      std::string text = to_lower(value.string());
      for (const char* fine : {"true", "false", "yes", "no", "1", "0"}) {
        if (text == fine) return {};
      }
    }
    if (value.is_object() || value.is_array()) return wrong_kind(value, "Boolean");
    return serialization("Unexpected token received from parser");
  }

  static InputError wrong_kind(const View& value, const char* wanted) {
    if (value.is_object()) return serialization("Start of structure or map found where not expected");
    if (value.is_array()) return serialization(fmt::format("Unrecognized collection type class java.lang.{}", wanted));
    return serialization(fmt::format("{} cannot be converted to {}", value.token_name(), wanted));
  }

  static InputError wrong_blob(const View& value) {
    if (value.is_object()) return serialization("Start of structure or map found where not expected");
    if (value.is_array()) return serialization("Unrecognized collection type class java.nio.ByteBuffer");
    return serialization("only base-64-encoded strings are convertible to bytes");
  }

  static InputError list_types(const Shape& shape, const View& value) {
    if (value.is_object()) return serialization("Start of structure or map found where not expected");
    if (!value.is_array()) return serialization("Unexpected field type");
    InputError error;
    value.each_element([&](const View& element) {
      error = types(*shape.element_, element, Place::value);
      return !error;
    });
    return error;
  }

  static InputError map_types(const Shape& shape, const View& value) {
    if (value.is_array())
      return serialization("Unrecognized collection type " + (shape.name_.empty() ? "java.util.Map" : shape.name_));
    if (!value.is_object()) return serialization("Unexpected field type");
    InputError error;
    value.each_field([&](std::string_view, const View& element) {
      error = types(*shape.element_, element, Place::value);
      return !error;
    });
    return error;
  }

  static InputError structure_types(const Shape& shape, const View& value, Place place) {
    if (value.is_array())
      return serialization(shape.name_.empty() ? "Unrecognized collection type"
                                               : "Unrecognized collection type class " + shape.name_);
    if (!value.is_object())
      return serialization(place == Place::field ? "Unexpected field type" : "Unexpected value type in payload");
    InputError error;
    value.each_field([&](std::string_view name, const View& element) {
      for (const Member& member : *shape.members_) {
        if (member.name == name) {
          error = types(member.shape, element, Place::field);
          break;
        }
      }
      return !error;
    });
    return error;
  }

  bool full() const { return quiet_ ? broken_ : violations_.size() >= kViolationsMax; }
  void report(std::optional<std::string> value, const std::string& path, const std::string& constraint) {
    broken_ = true;
    if (!quiet_ && !full()) violations_.push_back(violation(value, path, constraint));
  }
  /// Where a value stands, for the sentence about it; nothing is written while nothing is known to be broken.
  template <class... Parts>
  std::string below(const Parts&... parts) const {
    std::string out;
    if (!quiet_) (out.append(parts), ...);
    return out;
  }

  void constraints(const Shape& shape, const View& value, const std::string& path) {
    switch (shape.kind_) {
      case Shape::Kind::string: string_constraints(shape, value, path); break;
      case Shape::Kind::integer:
      case Shape::Kind::number: number_constraints(shape, value, path); break;
      case Shape::Kind::list: list_constraints(shape, value, path); break;
      case Shape::Kind::map: map_constraints(shape, value, path); break;
      case Shape::Kind::structure: structure_constraints(shape, value, path); break;
      case Shape::Kind::blob: blob_constraints(shape, value.string(), path); break;
      default: break;
    }
  }

  /// Counted in bytes, of which nothing is printed.
  void blob_constraints(const Shape& shape, std::string_view base64, const std::string& path) {
    const size_t padding = base64.ends_with("==") ? 2 : base64.ends_with('=') ? 1 : 0;
    const auto bytes = static_cast<int64_t>(base64.size() * 3 / 4 - std::min(padding, base64.size() * 3 / 4));
    const auto broken = [&](const char* bound, int64_t limit) {
      broken_ = true;
      if (!quiet_ && !full())
        violations_.push_back(
            fmt::format("Value at '{}' failed to satisfy constraint: Member must have length {} than or equal to {}",
                        path, bound, limit));
    };
    if (shape.min_length_ && bytes < *shape.min_length_) broken("greater", *shape.min_length_);
    if (shape.max_length_ && bytes > *shape.max_length_) broken("less", *shape.max_length_);
  }

  void length_constraints(const Shape& shape, const View& value, const std::string& path, int64_t length) {
    if (shape.min_length_ && length < *shape.min_length_)
      report(print(shape, value), path,
             fmt::format("Member must have length greater than or equal to {}", *shape.min_length_));
    if (shape.max_length_ && length > *shape.max_length_)
      report(print(shape, value), path,
             fmt::format("Member must have length less than or equal to {}", *shape.max_length_));
  }

  void string_constraints(const Shape& shape, const View& value, const std::string& path) {
    for (const std::string& broken : broken_string_constraints(shape, value.string()))
      report(print(shape, value), path, broken);
  }

  static bool matches(const Shape& shape, std::string_view text) {
    // The pattern of names is on the path of every item request, and std::regex takes microseconds.
    if (shape.pattern_->text == "[a-zA-Z0-9_.-]+") {
      return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
               c == '-';
      });
    }
    // std::regex recurses per character: text far beyond any pattern's length is refused without it.
    constexpr size_t kTextMax = 4096;
    return text.size() <= kTextMax && shape.pattern_->matches(text);
  }

  /// Length before pattern before enumeration, as AWS lists them.
  static std::vector<std::string> broken_string_constraints(const Shape& shape, std::string_view text) {
    std::vector<std::string> out;
    constexpr size_t kArnMax = 1024;
    if (shape.or_arn_ && text.starts_with("arn:") && text.size() <= kArnMax) return out;
    // The model's own limit for a name or an ARN; the others are those of names.
    if (shape.or_arn_ && text.empty()) return {"Member must have length greater than or equal to 1"};
    auto length = static_cast<int64_t>(utf8_length(text));
    if (shape.min_length_ && length < *shape.min_length_)
      out.push_back(fmt::format("Member must have length greater than or equal to {}", *shape.min_length_));
    if (shape.max_length_ && length > *shape.max_length_)
      out.push_back(fmt::format("Member must have length less than or equal to {}", *shape.max_length_));
    if (shape.pattern_ && !matches(shape, text))
      out.push_back("Member must satisfy regular expression pattern: " + shape.pattern_->text);
    if (!shape.values_.empty() && std::find(shape.values_.begin(), shape.values_.end(), text) == shape.values_.end())
      out.push_back("Member must satisfy enum value set: " + joined(shape.values_));
    return out;
  }

  /// All that a value must satisfy, in the order in which AWS prints it for map keys, map values and whole lists.
  static std::string all_constraints(const Shape& shape) {
    std::vector<std::string> out;
    if (shape.max_length_)
      out.push_back(fmt::format("Member must have length less than or equal to {}", *shape.max_length_));
    if (shape.min_length_)
      out.push_back(fmt::format("Member must have length greater than or equal to {}", *shape.min_length_));
    const char* fraction = shape.kind_ == Shape::Kind::number ? ".0" : "";
    if (shape.max_value_)
      out.push_back(fmt::format("Member must have value less than or equal to {}{}", *shape.max_value_, fraction));
    if (shape.min_value_)
      out.push_back(fmt::format("Member must have value greater than or equal to {}{}", *shape.min_value_, fraction));
    if (shape.pattern_) out.push_back("Member must satisfy regular expression pattern: " + shape.pattern_->text);
    if (!shape.values_.empty()) out.push_back("Member must satisfy enum value set: " + joined(shape.values_));
    if (shape.report_on_whole_) out.push_back("Member must not be null");
    return joined(out);
  }

  void number_constraints(const Shape& shape, const View& value, const std::string& path) {
    double number = value.number();
    if (shape.min_value_ && number < static_cast<double>(*shape.min_value_))
      report(print(shape, value), path,
             fmt::format("Member must have value greater than or equal to {}", *shape.min_value_));
    if (shape.max_value_ && number > static_cast<double>(*shape.max_value_))
      report(print(shape, value), path,
             fmt::format("Member must have value less than or equal to {}", *shape.max_value_));
  }

  /// True if the element breaks its own constraints (not those of what it holds).
  static bool breaks(const Shape& shape, const View& value) {
    if (shape.kind_ == Shape::Kind::string) return !broken_string_constraints(shape, value.string()).empty();
    if (shape.kind_ == Shape::Kind::integer || shape.kind_ == Shape::Kind::number) {
      double number = value.number();
      return (shape.min_value_ && number < static_cast<double>(*shape.min_value_)) ||
             (shape.max_value_ && number > static_cast<double>(*shape.max_value_));
    }
    if (shape.kind_ == Shape::Kind::list || shape.kind_ == Shape::Kind::map) {
      auto length = static_cast<int64_t>(value.size());
      return (shape.min_length_ && length < *shape.min_length_) || (shape.max_length_ && length > *shape.max_length_);
    }
    return false;
  }

  void list_constraints(const Shape& shape, const View& value, const std::string& path) {
    length_constraints(shape, value, path, static_cast<int64_t>(value.size()));
    size_t at = 0;
    bool whole_reported = false;
    value.each_element([&](const View& element) {
      ++at;
      if (shape.report_on_whole_) {
        Shape element_shape = *shape.element_;
        if (!whole_reported && (element.is_null() || breaks(element_shape, element))) {
          element_shape.report_on_whole_ = true;
          report(print(shape, value), path, "Member must satisfy constraint: " + all_constraints(element_shape));
          whole_reported = true;
        }
      } else if (element.is_null()) {
        report(std::nullopt, below(path, ".", std::to_string(at), ".member"), "Member must not be null");
      } else {
        constraints(*shape.element_, element, below(path, ".", std::to_string(at), ".member"));
      }
      return !full();
    });
  }

  void map_constraints(const Shape& shape, const View& value, const std::string& path) {
    length_constraints(shape, value, path, static_cast<int64_t>(value.size()));
    bool key_broken = false, value_broken = false;
    value.each_field([&](std::string_view key, const View& element) {
      if (shape.key_) key_broken |= !broken_string_constraints(*shape.key_, key).empty();
      value_broken |= !element.is_null() && breaks(*shape.element_, element);
      return true;
    });
    if (key_broken)
      report(print(shape, value), path, "Map keys must satisfy constraint: " + all_constraints(*shape.key_));
    if (value_broken) {
      report(print(shape, value), path, "Map value must satisfy constraint: " + all_constraints(*shape.element_));
      return;
    }
    value.each_field([&](std::string_view key, const View& element) {
      const Shape::Kind kind = shape.element_->kind_;
      const bool needs_value = kind == Shape::Kind::structure || kind == Shape::Kind::list;
      const std::string member = below(path, ".", key, ".member");
      if (!element.is_null())
        constraints(*shape.element_, element, member);
      else if (needs_value)
        report(std::nullopt, member, "Member must not be null");
      return !full();
    });
  }

  void structure_constraints(const Shape& shape, const View& value, const std::string& path) {
    for (const Member& member : *shape.members_) {
      if (full()) return;
      auto child = value.field(member.name);
      const bool absent = !child || child->is_null();
      if (absent && !member.is_required) continue;
      const std::string member_path =
          quiet_ ? std::string() : below(path, path.empty() ? "" : ".", lower_camel(member.name));
      if (absent)
        report(std::nullopt, member_path, "Member must not be null");
      else
        constraints(member.shape, *child, member_path);
    }
  }

  static std::string print(const Shape& shape, const View& value) {
    if (value.is_null()) return "null";
    switch (shape.kind_) {
      case Shape::Kind::list: {
        std::string out = "[";
        value.each_element([&](const View& element) {
          if (out.size() > 1) out += ", ";
          out += print(*shape.element_, element);
          return true;
        });
        return out + "]";
      }
      case Shape::Kind::map: {
        std::string out = "{";
        value.each_field([&](std::string_view key, const View& element) {
          if (out.size() > 1) out += ", ";
          out += fmt::format("{}={}", key, print(*shape.element_, element));
          return true;
        });
        return out + "}";
      }
      case Shape::Kind::structure: {
        std::string out = shape.name_.substr(shape.name_.rfind('.') + 1) + "(";  // without its package
        bool first = true;
        for (const Member& member : *shape.members_) {
          auto child = value.field(member.name);
          out += fmt::format("{}{}={}", first ? "" : ", ", lower_camel(member.name),
                             child ? print(member.shape, *child) : "null");
          first = false;
        }
        return out + ")";
      }
      case Shape::Kind::number: return value.is_integer() ? value.text() + ".0" : value.text();
      default: return value.text();
    }
  }

  std::vector<std::string> violations_;
  bool quiet_ = false;  // only whether something is broken is asked
  bool broken_ = false;
};

InputError check_input(const Shape& shape, const Json& input) {
  return Checker<JsonView>().run(shape, JsonView(input));
}

InputError check_dom_input(const Shape& shape, const simdjson::dom::element& input) {
  return Checker<DomView>().run(shape, DomView(input));
}

}  // namespace millrace::protocol
