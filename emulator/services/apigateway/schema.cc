#include "emulator/services/apigateway/schema.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>

namespace millrace::apigateway {

namespace {

constexpr int kDepthMax = 64;
constexpr size_t kProblemsMax = 20;
constexpr size_t kProblemBytesMax = 4096;
constexpr size_t kWorkMax = 5'000'000;  // schemas times values, of one document: choices of choices multiply
constexpr size_t kLooksPerWork = 16;    // names or values that are compared for one

std::string type_name(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "boolean";
  if (value.is_number_integer()) return "integer";
  if (value.is_number()) return value.get<double>() == std::floor(value.get<double>()) ? "integer" : "number";
  return value.is_string() ? "string" : value.is_array() ? "array" : "object";
}

bool is_type(const std::string& wanted, const std::string& found) {
  return wanted == found || (wanted == "number" && found == "integer");
}

size_t characters(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

class Checker {
 public:
  Checker(const Json& root, const FindSchema& find_schema, size_t& left)
      : root_(root), find_schema_(find_schema), left_(left) {}

  std::vector<std::string> problems;

  void check(const Json& schema, const Json& value, int depth) {
    if (depth > kDepthMax || problems.size() >= kProblemsMax || !schema.is_object() || !spend(1)) return;
    if (const std::string reference = text_of(schema, "$ref"); !reference.empty()) {
      if (const Json* found = referred(reference)) check(*found, value, depth + 1);
      return;
    }
    if (!check_type(schema, value)) return;
    check_choice(schema, value, depth);
    if (value.is_object()) check_object(schema, value, depth);
    if (value.is_array()) check_list(schema, value, depth);
    if (value.is_string()) check_text(schema, value.get_ref<const std::string&>());
    if (value.is_number()) check_number(schema, value.get<double>());
  }

 private:
  /// False once the work is used up; what is left unlooked at is reported, not let through.
  bool spend(size_t work) {
    if (left_ == 0) return false;
    left_ -= std::min(work, left_);
    if (left_ > 0) return true;
    report("the instance is too large to be compared with its schema");  // unverified: AWS names no such bound
    return false;
  }
  void report(std::string text) {
    if (text.size() > kProblemBytesMax) text.resize(kProblemBytesMax);
    if (problems.size() < kProblemsMax) problems.push_back(std::move(text));
  }

  const Json* referred(const std::string& reference) {
    if (!reference.starts_with("#")) return find_schema_ ? find_schema_(reference) : nullptr;
    const Json* at = &root_;
    std::string_view rest = std::string_view(reference).substr(1);
    while (at && rest.starts_with('/')) {
      rest.remove_prefix(1);
      const size_t slash = rest.find('/');
      at = find(*at, rest.substr(0, slash));
      rest = slash == std::string_view::npos ? "" : rest.substr(slash);
    }
    return at;
  }

  bool check_type(const Json& schema, const Json& value) {
    const Json* wanted = find(schema, "type");
    if (!wanted) return true;
    const std::string found = type_name(value);
    const Json types = wanted->is_array() ? *wanted : Json::array({*wanted});
    const bool fits = std::any_of(types.begin(), types.end(), [&](const Json& one) {
      return one.is_string() && is_type(one.get<std::string>(), found);
    });
    if (!fits)
      report("instance type (" + found + ") does not match any allowed primitive type (allowed: " + to_text(types) +
             ")");
    return fits;
  }

  void check_choice(const Json& schema, const Json& value, int depth) {
    if (const Json* all = find(schema, "enum"); all && all->is_array() && spend(all->size() / kLooksPerWork) &&
                                                std::find(all->begin(), all->end(), value) == all->end())
      report("instance value (" + to_text(value) + ") not found in enum (possible values: " + to_text(*all) + ")");
    const auto matching = [&](const Json& choices) {
      return std::count_if(choices.begin(), choices.end(), [&](const Json& one) {
        Checker inner(root_, find_schema_, left_);
        inner.check(one, value, depth + 1);
        return left_ > 0 && inner.problems.empty();
      });
    };
    if (const Json* all = find(schema, "allOf")) {
      for (const Json& one : *all) check(one, value, depth + 1);
    }
    if (const Json* any = find(schema, "anyOf"); any && matching(*any) == 0)
      report("instance failed to match at least one required schema among " + std::to_string(any->size()));
    if (const Json* one = find(schema, "oneOf")) {
      const auto count = matching(*one);
      if (count != 1)
        report("instance failed to match exactly one schema (matched " + std::to_string(count) + " out of " +
               std::to_string(one->size()) + ")");
    }
    if (const Json* forbidden = find(schema, "not"); forbidden && matching(Json::array({*forbidden})) > 0)
      report("instance matched a schema which it should not have");
  }

  void check_object(const Json& schema, const Json& value, int depth) {
    if (const Json* names = find(schema, "required"); names && names->is_array()) {
      Json missing = Json::array();
      for (const Json& name : *names) {
        if (!spend(value.size() / kLooksPerWork)) return;
        if (name.is_string() && !value.contains(name.get<std::string>())) missing.push_back(name);
      }
      std::sort(missing.begin(), missing.end());
      if (!missing.empty()) report("object has missing required properties (" + to_text(missing) + ")");
    }
    static const Json kNone = Json::object();
    const Json* given = find(schema, "properties");
    const Json& properties = given ? *given : kNone;
    const Json* more = find(schema, "additionalProperties");
    Json unknown = Json::array();
    for (const auto& [name, member] : value.items()) {
      if (!spend(properties.size() / kLooksPerWork)) return;
      if (const Json* known = find(properties, name)) {
        check(*known, member, depth + 1);
      } else if (more && more->is_boolean() && !more->get<bool>()) {
        unknown.push_back(name);
      } else if (more && more->is_object()) {
        check(*more, member, depth + 1);
      }
    }
    if (!unknown.empty())
      report("object instance has properties which are not allowed by the schema: " + to_text(unknown));
    const int64_t size = static_cast<int64_t>(value.size());
    if (auto least = optional_int(schema, "minProperties"); least && size < *least)
      report("object has too few properties (found " + std::to_string(size) + " but schema requires at least " +
             std::to_string(*least) + ")");
    if (auto most = optional_int(schema, "maxProperties"); most && size > *most)
      report("object has too many properties (found " + std::to_string(size) + " but schema requires at most " +
             std::to_string(*most) + ")");
  }

  void check_list(const Json& schema, const Json& value, int depth) {
    const int64_t size = static_cast<int64_t>(value.size());
    if (auto least = optional_int(schema, "minItems"); least && size < *least)
      report("array is too short: must have at least " + std::to_string(*least) + " elements but instance has " +
             std::to_string(size) + " elements");
    if (auto most = optional_int(schema, "maxItems"); most && size > *most)
      report("array is too long: must have at most " + std::to_string(*most) + " elements but instance has " +
             std::to_string(size) + " elements");
    if (bool_of(schema, "uniqueItems")) {
      std::vector<std::string> texts;
      for (const Json& one : value) texts.push_back(to_text(one));
      std::sort(texts.begin(), texts.end());
      if (std::adjacent_find(texts.begin(), texts.end()) != texts.end())
        report("array must not contain duplicate elements");
    }
    const Json* items = find(schema, "items");
    if (!items) return;
    for (size_t i = 0; i < value.size(); ++i) {
      if (items->is_object()) check(*items, value[i], depth + 1);
      if (items->is_array() && i < items->size()) check((*items)[i], value[i], depth + 1);
    }
  }

  void check_text(const Json& schema, const std::string& text) {
    const int64_t size = static_cast<int64_t>(characters(text));
    if (auto least = optional_int(schema, "minLength"); least && size < *least)
      report("string \"" + text + "\" is too short (length: " + std::to_string(size) +
             ", required minimum: " + std::to_string(*least) + ")");
    if (auto most = optional_int(schema, "maxLength"); most && size > *most)
      report("string \"" + text + "\" is too long (length: " + std::to_string(size) +
             ", maximum allowed: " + std::to_string(*most) + ")");
    if (const std::string pattern = text_of(schema, "pattern"); !pattern.empty()) {
      const re2::RE2 compiled(pattern, re2::RE2::Quiet);
      if (compiled.ok() && !re2::RE2::PartialMatch(text, compiled))
        report("ECMA 262 regex \"" + pattern + "\" does not match input string \"" + text + "\"");
    }
  }

  void check_number(const Json& schema, double value) {
    const auto shown = [](const Json& number) { return to_text(number); };
    if (const Json* least = find(schema, "minimum"); least && least->is_number()) {
      const bool strict = bool_of(schema, "exclusiveMinimum");
      if (value < least->get<double>() || (strict && value == least->get<double>()))
        report("numeric instance is lower than the required minimum (minimum: " + shown(*least) +
               ", found: " + shown(Json(value)) + ")");
    }
    if (const Json* most = find(schema, "maximum"); most && most->is_number()) {
      const bool strict = bool_of(schema, "exclusiveMaximum");
      if (value > most->get<double>() || (strict && value == most->get<double>()))
        report("numeric instance is greater than the required maximum (maximum: " + shown(*most) +
               ", found: " + shown(Json(value)) + ")");
    }
    if (const Json* step = find(schema, "multipleOf"); step && step->is_number() && step->get<double>() > 0) {
      if (std::fmod(value, step->get<double>()) != 0)
        report("remainder of division is not zero (" + shown(Json(value)) + " / " + shown(*step) + ")");
    }
  }

  const Json& root_;
  const FindSchema& find_schema_;
  size_t& left_;
};

}  // namespace

std::vector<std::string> schema_problems(const Json& schema, const Json& document, const FindSchema& find_schema) {
  size_t left = kWorkMax;
  Checker checker(schema, find_schema, left);
  checker.check(schema, document, 0);
  return checker.problems;
}

}  // namespace millrace::apigateway
