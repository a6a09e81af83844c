#include "emulator/services/apigateway/vtl/value.h"

#include <fmt/format.h>

#include <cmath>

#include "emulator/services/apigateway/vtl/budget.h"

namespace millrace::apigateway::vtl {

namespace {

std::string number_text(double value) {
  if (value == std::floor(value) && std::fabs(value) < 1e7) return fmt::format("{:.1f}", value);
  return fmt::format("{}", value);
}

}  // namespace

Value* Map::find(std::string_view key) {
  if (!spend(entries.size() * Budget::kNameSeen)) return nullptr;
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
namespace {
template <class Container>
std::shared_ptr<Container> made() {
  auto out = std::make_shared<Container>();
  if (Budget* budget = Budget::current()) {
    budget->spend(Budget::kValueMade);
    budget->keep(out);
  }
  return out;
}
}  // namespace

Value new_list() {
  return {made<List>()};
}
Value new_map() {
  return {made<Map>()};
}

Value from_json(const Json& json) {
  const std::string* text = json.is_string() ? &json.get_ref<const std::string&>() : nullptr;
  if (!spend(Budget::kValueMade + (text ? text->size() : 0))) return {};
  if (text) return of(*text);
  switch (json.type()) {
    case Json::value_t::boolean: return of(json.get<bool>());
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned: return of(json.get<int64_t>());
    case Json::value_t::number_float: return {json.get<double>()};
    case Json::value_t::array: {
      auto out = made<List>();
      out->from_json = true;
      for (const Json& one : json) out->items.push_back(from_json(one));
      return {std::move(out)};
    }
    case Json::value_t::object: {
      auto out = made<Map>();
      for (const auto& [name, one] : json.items()) out->entries.emplace_back(name, from_json(one));
      return {std::move(out)};
    }
    default: return {};
  }
}

namespace {

/// A template can put a map into itself: what is deeper than JSON may be is cut off. What lies side by side in each
/// other is the budget's to end.
constexpr int kDepthMax = 100;

Json json_of(const Value& value, int depth) {
  const std::string* text = value.text();
  if (depth > kDepthMax || !spend(Budget::kValueSeen + (text ? text->size() : 0))) return Json();
  if (text) return *text;
  if (const bool* flag = std::get_if<bool>(&value.data)) return *flag;
  if (const int64_t* whole = value.integer()) return *whole;
  if (value.is_number()) return value.number();
  if (auto list = value.list()) {
    Json out = Json::array();
    for (const Value& one : list->items) {
      if (!spend(0)) break;
      out.push_back(json_of(one, depth + 1));
    }
    return out;
  }
  if (auto map = value.map()) {
    // As they stand: a map's names differ, and the document's own look-up would be in square time.
    Json out = Json::object();
    using Members = std::vector<Json::object_t::value_type, Json::object_t::allocator_type>;
    auto& members = static_cast<Members&>(out.get_ref<Json::object_t&>());
    for (const auto& [name, one] : map->entries) {
      if (!spend(0)) break;
      members.emplace_back(name, json_of(one, depth + 1));
    }
    return out;
  }
  return Json();
}

void print(const Value& value, std::string& out, int depth);

void print_item(const Value& value, std::string& out, int depth) {
  if (value.is_null()) {
    out += "null";
  } else {
    print(value, out, depth + 1);
  }
}

void print(const Value& value, std::string& out, int depth) {
  const std::string* text = value.text();
  if (depth > kDepthMax || !spend(Budget::kValueSeen + (text ? text->size() : 0))) return;
  if (text) {
    out += *text;
  } else if (const bool* flag = std::get_if<bool>(&value.data)) {
    out += *flag ? "true" : "false";
  } else if (const int64_t* whole = value.integer()) {
    out += std::to_string(*whole);
  } else if (value.is_number()) {
    out += number_text(value.number());
  } else if (auto list = value.list(); list && list->from_json) {
    out += to_text(json_of(value, depth));
  } else if (list) {
    out += '[';
    for (size_t i = 0; i < list->items.size() && spend(0); ++i) {
      if (i > 0) out += ", ";
      print_item(list->items[i], out, depth);
    }
    out += ']';
  } else if (auto map = value.map()) {
    out += '{';
    for (size_t i = 0; i < map->entries.size() && spend(0); ++i) {
      out.append(i > 0 ? ", " : "").append(map->entries[i].first).append("=");
      print_item(map->entries[i].second, out, depth);
    }
    out += '}';
  }
}

}  // namespace

Json to_json(const Value& value) {
  return json_of(value, 0);
}

std::string printed(const Value& value) {
  std::string out;
  print(value, out, 0);
  return out;
}

bool equal(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  if (a.is_number() && b.is_number()) return a.number() == b.number();
  // Velocity compares what it doesn't know by their texts.
  return printed(a) == printed(b);
}

}  // namespace millrace::apigateway::vtl
