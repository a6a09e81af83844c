#include "emulator/base/attribute/attribute_value.h"

#include <algorithm>
#include <numeric>

namespace millrace {
namespace {

auto lower_bound(auto& entries, std::string_view name) {
  return std::lower_bound(
      entries.begin(), entries.end(), name,
      [](const AttributeMap::Entry& entry, std::string_view wanted) { return entry.first.compare(wanted) < 0; });
}

struct SizeOf {
  size_t operator()(const std::string& text) const { return text.size(); }
  size_t operator()(const Number& number) const { return number.size_bytes(); }
  size_t operator()(const Binary& binary) const { return binary.bytes.size(); }
  size_t operator()(bool) const { return 1; }
  size_t operator()(Null) const { return 1; }
  size_t operator()(const List& list) const {
    size_t total = kContainerBytes;
    for (const auto& element : list) total += kElementBytes + size_bytes(element);
    return total;
  }
  size_t operator()(const AttributeMap& map) const {
    return kContainerBytes + kElementBytes * map.size() + size_bytes(map);
  }
  size_t operator()(const StringSet& set) const { return texts(set.members); }
  size_t operator()(const BinarySet& set) const { return texts(set.members); }
  size_t operator()(const NumberSet& set) const {
    size_t total = 0;
    for (const auto& member : set.members) total += member.size_bytes();
    return total;
  }
  static size_t texts(const std::vector<std::string>& members) {
    size_t total = 0;
    for (const auto& member : members) total += member.size();
    return total;
  }
};

}  // namespace

const char* type_name(AttributeType type) {
  switch (type) {
    case AttributeType::S: return "S";
    case AttributeType::N: return "N";
    case AttributeType::B: return "B";
    case AttributeType::BOOL: return "BOOL";
    case AttributeType::NUL: return "NULL";
    case AttributeType::L: return "L";
    case AttributeType::M: return "M";
    case AttributeType::SS: return "SS";
    case AttributeType::NS: return "NS";
    case AttributeType::BS: return "BS";
  }
  return "";
}

const AttributeValue* AttributeMap::find(std::string_view name) const {
  auto it = lower_bound(entries_, name);
  return it != entries_.end() && it->first == name ? &it->second : nullptr;
}

AttributeValue* AttributeMap::find(std::string_view name) {
  return const_cast<AttributeValue*>(std::as_const(*this).find(name));
}

void AttributeMap::set(std::string_view name, AttributeValue value) {
  auto it = lower_bound(entries_, name);
  if (it != entries_.end() && it->first == name) {
    it->second = std::move(value);
  } else {
    entries_.emplace(it, std::string(name), std::move(value));
  }
}

bool AttributeMap::erase(std::string_view name) {
  auto it = lower_bound(entries_, name);
  if (it == entries_.end() || it->first != name) return false;
  entries_.erase(it);
  return true;
}

void AttributeMap::reserve(size_t count) {
  entries_.reserve(count);
}

void AttributeMap::append_unsorted(std::string name, AttributeValue value) {
  entries_.emplace_back(std::move(name), std::move(value));
}

void AttributeMap::sort() {
  auto before = [](const Entry& a, const Entry& b) { return a.first < b.first; };
  auto not_before = [&](const Entry& a, const Entry& b) { return !before(a, b); };
  if (std::adjacent_find(entries_.begin(), entries_.end(), not_before) == entries_.end()) return;
  // Places are sorted, not entries: each of those is moved once.
  std::vector<uint32_t> places(entries_.size());
  std::iota(places.begin(), places.end(), 0u);
  std::sort(places.begin(), places.end(), [&](uint32_t a, uint32_t b) {
    const int order = entries_[a].first.compare(entries_[b].first);
    return order != 0 ? order < 0 : a < b;
  });
  std::vector<Entry> sorted;
  sorted.reserve(entries_.size());
  for (size_t at = 0; at < places.size(); ++at) {
    // Of equal names the last counts.
    const bool repeated = at + 1 < places.size() && entries_[places[at]].first == entries_[places[at + 1]].first;
    if (!repeated) sorted.push_back(std::move(entries_[places[at]]));
  }
  entries_ = std::move(sorted);
}

bool operator==(const AttributeMap& a, const AttributeMap& b) {
  return a.entries_ == b.entries_;
}

size_t size_bytes(const AttributeValue& value) {
  return std::visit(SizeOf{}, value.variant());
}

size_t size_bytes(const AttributeMap& map) {
  size_t total = 0;
  for (const auto& [name, value] : map) total += name.size() + size_bytes(value);
  return total;
}

}  // namespace millrace
