#pragma once
// What mapping templates compute with: Java's values as far as templates see them. Maps and lists are shared, as in
// Java: what `put` changes is changed wherever it is known.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "emulator/base/json.h"

namespace millrace::apigateway::vtl {

struct Value;

struct List {
  std::vector<Value> items;
  bool from_json = false;  // prints as JSON, as what $input.path() finds does
};

struct Map {
  std::vector<std::pair<std::string, Value>> entries;  // in the order in which they were put
  Value* find(std::string_view key);
  Value& at(std::string_view key);  // made where it isn't
};

/// A thing with methods of its own: $input, $util.
class Object {
 public:
  virtual ~Object() = default;
  /// nullopt-like: false where there is no such method.
  virtual bool call(const std::string& method, const std::vector<Value>& arguments, Value& result) = 0;
  virtual bool get(const std::string& property, Value& result) = 0;
};

struct Value {
  std::variant<std::monostate, bool, int64_t, double, std::string, std::shared_ptr<List>, std::shared_ptr<Map>,
               std::shared_ptr<Object>>
      data;

  bool is_null() const { return data.index() == 0; }
  const std::string* text() const { return std::get_if<std::string>(&data); }
  const int64_t* integer() const { return std::get_if<int64_t>(&data); }
  bool is_number() const { return data.index() == 2 || data.index() == 3; }
  double number() const;
  std::shared_ptr<List> list() const;  // nullptr: it is none
  std::shared_ptr<Map> map() const;
  std::shared_ptr<Object> object() const;
  /// Velocity's truth: null and false aren't true.
  bool truth() const;
};

Value of(std::string text);
Value of(int64_t number);
Value of(bool value);
Value new_list();
Value new_map();
Value from_json(const Json& json);
Json to_json(const Value& value);

/// As a template prints it: a map Java's way (`{a=b, c=[{"d":1}]}`), a list that came from JSON as JSON, null as nothing.
std::string printed(const Value& value);
bool equal(const Value& a, const Value& b);

/// A method of a text, number, list or map; false where there is none of that name.
bool call_method(Value& target, const std::string& name, const std::vector<Value>& arguments, Value& result);

}  // namespace millrace::apigateway::vtl
