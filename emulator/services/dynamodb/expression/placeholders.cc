#include "emulator/services/dynamodb/expression/placeholders.h"

#include <algorithm>

namespace millrace::dynamodb {
namespace {

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

template <class Entries>
auto* look_up(Entries& entries, std::string_view placeholder) {
  auto it = std::lower_bound(entries.begin(), entries.end(), placeholder,
                             [](const auto& entry, std::string_view wanted) { return entry.placeholder < wanted; });
  return it != entries.end() && it->placeholder == placeholder ? &*it : nullptr;
}

template <class Entries>
void sort_last_wins(Entries& entries) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.placeholder < b.placeholder; });
  auto same = [](const auto& a, const auto& b) { return a.placeholder == b.placeholder; };
  // unique() keeps the first of a run, so run it from the back.
  auto kept = std::unique(entries.rbegin(), entries.rend(), same);
  entries.erase(entries.begin(), kept.base());
}

template <class Entries>
std::optional<std::string> unused_in(const Entries& entries, const char* member) {
  std::string keys;
  for (const auto& entry : entries) {
    if (entry.used) continue;
    if (!keys.empty()) keys.append(", ");
    keys.append(entry.placeholder);
  }
  if (keys.empty()) return std::nullopt;
  return std::string("Value provided in ") + member + " unused in expressions: keys: {" + keys + "}";
}

}  // namespace

void Placeholders::add_name(std::string placeholder, std::string attribute) {
  names_.push_back({std::move(placeholder), std::move(attribute)});
}

void Placeholders::add_value(std::string placeholder, AttributeValue value) {
  values_.push_back({std::move(placeholder), std::move(value)});
}

void Placeholders::seal() {
  sort_last_wins(names_);
  sort_last_wins(values_);
}

const std::string* Placeholders::name(std::string_view placeholder) {
  auto* entry = look_up(names_, placeholder);
  if (!entry) return nullptr;
  entry->used = true;
  return &entry->target;
}

const AttributeValue* Placeholders::value(std::string_view placeholder) {
  auto* entry = look_up(values_, placeholder);
  if (!entry) return nullptr;
  entry->used = true;
  return &entry->target;
}

std::optional<std::string> Placeholders::unused() const {
  if (auto names = unused_in(names_, "ExpressionAttributeNames")) return names;
  return unused_in(values_, "ExpressionAttributeValues");
}

bool is_name_placeholder(std::string_view text) {
  return text.starts_with('#') && is_word(text.substr(1));
}
bool is_value_placeholder(std::string_view text) {
  return text.starts_with(':') && is_word(text.substr(1));
}

}  // namespace millrace::dynamodb
