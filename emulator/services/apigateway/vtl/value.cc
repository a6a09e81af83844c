#include "emulator/services/apigateway/vtl/value.h"

#include <fmt/format.h>

#include <cmath>

namespace millrace::apigateway::vtl {

namespace {

std::string number_text(double value) {
  if (value == std::floor(value) && std::fabs(value) < 1e7) return fmt::format("{:.1f}", value);
  return fmt::format("{}", value);
}

}  // namespace

Value* Map::find(std::string_view key) {
  for (auto& [name, value] : entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

Value& Map::at(std::string_view key) {
  if (Value* found = find(key)) return *found;
  entries.emplace_back(std::string(key), Value{});
  return entries.back().second;
}

double Value::number() const {
  if (const int64_t* whole = integer()) return static_cast<double>(*whole);
  const double* real = std::get_if<double>(&data);
  return real ? *real : 0;
}

std::shared_ptr<List> Value::list() const {
  const auto* found = std::get_if<std::shared_ptr<List>>(&data);
  return found ? *found : nullptr;
}
std::shared_ptr<Map> Value::map() const {
  const auto* found = std::get_if<std::shared_ptr<Map>>(&data);
  return found ? *found : nullptr;
}
std::shared_ptr<Object> Value::object() const {
  const auto* found = std::get_if<std::shared_ptr<Object>>(&data);
  return found ? *found : nullptr;
}

bool Value::truth() const {
  if (const bool* flag = std::get_if<bool>(&data)) return *flag;
  return !is_null();
}

Value of(std::string text) {
  return {std::move(text)};
}
Value of(int64_t number) {
  return {number};
}
Value of(bool value) {
  return {value};
}
Value new_list() {
  return {std::make_shared<List>()};
}
Value new_map() {
  return {std::make_shared<Map>()};
}

Value from_json(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean: return of(json.get<bool>());
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned: return of(json.get<int64_t>());
    case Json::value_t::number_float: return {json.get<double>()};
    case Json::value_t::string: return of(json.get<std::string>());
    case Json::value_t::array: {
      auto out = std::make_shared<List>();
      out->from_json = true;
      for (const Json& one : json) out->items.push_back(from_json(one));
      return {std::move(out)};
    }
    case Json::value_t::object: {
      auto out = std::make_shared<Map>();
      for (const auto& [name, one] : json.items()) out->entries.emplace_back(name, from_json(one));
      return {std::move(out)};
    }
    default: return {};
  }
}

namespace {

/// A template can put a map into itself: what is deeper than JSON may be is cut off.
constexpr int kDepthMax = 100;

Json json_of(const Value& value, int depth) {
  if (depth > kDepthMax) return Json();
  if (const bool* flag = std::get_if<bool>(&value.data)) return *flag;
  if (const int64_t* whole = value.integer()) return *whole;
  if (value.is_number()) return value.number();
  if (const std::string* text = value.text()) return *text;
  if (auto list = value.list()) {
    Json out = Json::array();
    for (const Value& one : list->items) out.push_back(json_of(one, depth + 1));
    return out;
  }
  if (auto map = value.map()) {
    Json out = Json::object();
    for (const auto& [name, one] : map->entries) out[name] = json_of(one, depth + 1);
    return out;
  }
  return Json();
}

std::string print(const Value& value, int depth) {
  if (depth > kDepthMax) return "";
  if (const bool* flag = std::get_if<bool>(&value.data)) return *flag ? "true" : "false";
  if (const int64_t* whole = value.integer()) return std::to_string(*whole);
  if (value.is_number()) return number_text(value.number());
  if (const std::string* text = value.text()) return *text;
  if (auto list = value.list()) {
    if (list->from_json) return to_text(json_of(value, depth));
    std::string out = "[";
    for (const Value& one : list->items)
      out += (out.size() > 1 ? ", " : "") + (one.is_null() ? "null" : print(one, depth + 1));
    return out + "]";
  }
  if (auto map = value.map()) {
    std::string out = "{";
    for (const auto& [name, one] : map->entries)
      out += (out.size() > 1 ? ", " : "") + name + "=" + (one.is_null() ? "null" : print(one, depth + 1));
    return out + "}";
  }
  return "";
}

}  // namespace

Json to_json(const Value& value) {
  return json_of(value, 0);
}

std::string printed(const Value& value) {
  return print(value, 0);
}

bool equal(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  if (a.is_number() && b.is_number()) return a.number() == b.number();
  // Velocity compares what it doesn't know by their texts.
  return printed(a) == printed(b);
}

}  // namespace millrace::apigateway::vtl
