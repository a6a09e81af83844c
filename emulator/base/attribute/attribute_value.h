#pragma once
// The typed values of DynamoDB's data model, shared by whatever touches items: the tables, the streams, the
// filter that reads stream records, and the poller that renders them.
//
// Maps and items keep their attributes sorted by name and sets keep their members sorted, so equality is
// structural and two equal items have equal bytes.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "emulator/base/attribute/number.h"

namespace millrace {

/// Numbered as stored on disk: never renumber.
enum class AttributeType : uint8_t { S = 1, N = 2, B = 3, BOOL = 4, NUL = 5, L = 6, M = 7, SS = 8, NS = 9, BS = 10 };

/// "S", "N", ..., "NULL", ...: the wire's name.
const char* type_name(AttributeType type);

class AttributeValue;

/// Attributes by name, sorted by the names' bytes.
class AttributeMap {
 public:
  using Entry = std::pair<std::string, AttributeValue>;

  using const_iterator = std::vector<Entry>::const_iterator;
  using iterator = std::vector<Entry>::iterator;

  bool empty() const;
  size_t size() const;
  const AttributeValue* find(std::string_view name) const;
  AttributeValue* find(std::string_view name);
  /// Adds or replaces.
  void set(std::string_view name, AttributeValue value);
  /// True if it was there.
  bool erase(std::string_view name);
  void reserve(size_t count);
  /// Adds an entry without looking where it belongs; call sort() before any other use.
  void append_unsorted(std::string name, AttributeValue value);
  /// Sorts what append_unsorted() added; of equal names the last one stays.
  void sort();

  const_iterator begin() const;
  const_iterator end() const;
  /// For changing or moving out values; the names must stay as they are.
  iterator begin();
  iterator end();

  friend bool operator==(const AttributeMap& a, const AttributeMap& b);

 private:
  std::vector<Entry> entries_;
};

using Item = AttributeMap;

struct Binary {
  std::string bytes;
  friend auto operator<=>(const Binary&, const Binary&) = default;
};
struct Null {
  friend auto operator<=>(const Null&, const Null&) = default;
};
using List = std::vector<AttributeValue>;
/// Sets: members sorted and distinct.
struct StringSet {
  std::vector<std::string> members;
  friend bool operator==(const StringSet&, const StringSet&) = default;
};
struct NumberSet {
  std::vector<Number> members;
  friend bool operator==(const NumberSet&, const NumberSet&) = default;
};
struct BinarySet {
  std::vector<std::string> members;
  friend bool operator==(const BinarySet&, const BinarySet&) = default;
};

class AttributeValue {
 public:
  // In the order of AttributeType, so that index() + 1 is the type.
  using Variant =
      std::variant<std::string, Number, Binary, bool, Null, List, AttributeMap, StringSet, NumberSet, BinarySet>;

  AttributeValue() : value_(Null{}) {}
  AttributeValue(std::string text) : value_(std::move(text)) {}
  AttributeValue(const char* text) : value_(std::string(text)) {}
  AttributeValue(Number number) : value_(std::move(number)) {}
  AttributeValue(Binary binary) : value_(std::move(binary)) {}
  explicit AttributeValue(bool flag) : value_(flag) {}
  AttributeValue(Null) : value_(Null{}) {}
  AttributeValue(List list) : value_(std::move(list)) {}
  AttributeValue(AttributeMap map) : value_(std::move(map)) {}
  AttributeValue(StringSet set) : value_(std::move(set)) {}
  AttributeValue(NumberSet set) : value_(std::move(set)) {}
  AttributeValue(BinarySet set) : value_(std::move(set)) {}

  AttributeType type() const { return static_cast<AttributeType>(value_.index() + 1); }
  template <class T>
  const T* get_if() const {
    return std::get_if<T>(&value_);
  }
  template <class T>
  T* get_if() {
    return std::get_if<T>(&value_);
  }
  const Variant& variant() const { return value_; }

  friend bool operator==(const AttributeValue& a, const AttributeValue& b) { return a.value_ == b.value_; }

 private:
  Variant value_;
};

// Defined here because they need AttributeValue complete.
inline bool AttributeMap::empty() const {
  return entries_.empty();
}
inline size_t AttributeMap::size() const {
  return entries_.size();
}
inline AttributeMap::const_iterator AttributeMap::begin() const {
  return entries_.begin();
}
inline AttributeMap::const_iterator AttributeMap::end() const {
  return entries_.end();
}
inline AttributeMap::iterator AttributeMap::begin() {
  return entries_.begin();
}
inline AttributeMap::iterator AttributeMap::end() {
  return entries_.end();
}

// DynamoDB counts three bytes for a list or map and one for each of its elements.
inline constexpr size_t kContainerBytes = 3;
inline constexpr size_t kElementBytes = 1;

/// Bytes of the value by DynamoDB's item-size rules (facts: "Item size"), without the attribute's name.
size_t size_bytes(const AttributeValue& value);
/// Bytes of all names and values.
size_t size_bytes(const AttributeMap& map);

}  // namespace millrace
