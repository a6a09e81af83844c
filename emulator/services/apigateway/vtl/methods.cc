// The methods that templates call on Java's String, List, Map and their entries.

#include <re2/re2.h>

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/vtl/budget.h"
#include "emulator/services/apigateway/vtl/value.h"

namespace millrace::apigateway::vtl {

namespace {

using Arguments = std::vector<Value>;

std::string text_at(const Arguments& arguments, size_t i) {
  return i < arguments.size() ? printed(arguments[i]) : "";
}
/// As Java's cast: towards zero, and the nearest there is.
int64_t whole_of(double value) {
  if (value != value) return 0;
  if (value >= 9.2e18) return INT64_MAX;
  return value <= -9.2e18 ? INT64_MIN : static_cast<int64_t>(value);
}
int64_t number_at(const Arguments& arguments, size_t i, int64_t fallback) {
  if (i >= arguments.size()) return fallback;
  if (const int64_t* whole = arguments[i].integer()) return *whole;
  return arguments[i].is_number() ? whole_of(arguments[i].number()) : fallback;
}

Value position(size_t at) {
  return of(at == std::string::npos ? int64_t{-1} : static_cast<int64_t>(at));
}

std::string trimmed(const std::string& text) {
  const size_t from = text.find_first_not_of(" \t\r\n"), to = text.find_last_not_of(" \t\r\n");
  return from == std::string::npos ? "" : text.substr(from, to - from + 1);
}

/// What a replacement may grow to; beyond it the text stays as it is.
constexpr size_t kTextMax = 10u << 20;
constexpr size_t kListMax = 100'000;
bool would_burst(const std::string& text, const std::string& by) {
  return !by.empty() && text.size() > 8 * kTextMax / by.size();
}

std::string replaced(const std::string& text, const std::string& what, const std::string& by) {
  if (what.empty() || would_burst(text, by)) return text;
  std::string out;
  size_t from = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, from)) {
    out.append(text, from, at - from).append(by);
    from = at + what.size();
  }
  return out.append(text, from);
}

/// A pattern as the rendering knows it, or for itself where nobody counts.
class Compiled {
 public:
  explicit Compiled(const std::string& text) {
    if (Budget* budget = Budget::current()) {
      pattern_ = budget->pattern(text);
    } else {
      own_ = std::make_unique<re2::RE2>(text, re2::RE2::Quiet);
      pattern_ = own_->ok() ? own_.get() : nullptr;
    }
  }
  bool ok() const { return pattern_ != nullptr; }
  const re2::RE2& operator*() const { return *pattern_; }
  const re2::RE2* operator->() const { return pattern_; }

 private:
  std::unique_ptr<re2::RE2> own_;
  const re2::RE2* pattern_ = nullptr;
};

bool matches(const std::string& text, const std::string& pattern) {
  const Compiled compiled(pattern);
  return compiled.ok() && re2::RE2::FullMatch(text, *compiled);
}

/// Java's `$1` and `\$` as RE2's `\1` and `$`.
std::string rewrite_of(const std::string& java) {
  std::string out;
  for (size_t i = 0; i < java.size(); ++i) {
    if (java[i] == '\\' && i + 1 < java.size()) {
      if (java[++i] == '\\') out += '\\';
      out += java[i];
    } else if (java[i] == '$' && i + 1 < java.size() && java[i + 1] >= '0' && java[i + 1] <= '9') {
      out += '\\';
    } else {
      out += java[i];
    }
  }
  return out;
}

std::string replaced_by_pattern(std::string text, const std::string& pattern, const std::string& by, bool all) {
  const Compiled compiled(pattern);
  if (!compiled.ok() || would_burst(text, by)) return text;
  if (all) {
    re2::RE2::GlobalReplace(&text, *compiled, rewrite_of(by));
  } else {
    re2::RE2::Replace(&text, *compiled, rewrite_of(by));
  }
  return text;
}

Value split(const std::string& text, const std::string& pattern) {
  Value out = new_list();
  const Compiled compiled("(" + pattern + ")");
  re2::StringPiece rest(text), found;
  while (compiled.ok() && spend(Budget::kValueMade) &&
         compiled->Match(rest, 0, rest.size(), re2::RE2::UNANCHORED, &found, 1) && !found.empty()) {
    out.list()->items.push_back(of(std::string(rest.data(), static_cast<size_t>(found.data() - rest.data()))));
    rest.remove_prefix(static_cast<size_t>(found.data() - rest.data()) + found.size());
  }
  out.list()->items.push_back(of(std::string(rest)));
  auto& items = out.list()->items;  // Java drops empty texts at the end
  while (items.size() > 1 && items.back().text()->empty()) items.pop_back();
  return out;
}

std::string cut(const std::string& text, int64_t from, int64_t to) {
  const int64_t size = static_cast<int64_t>(text.size());
  from = std::clamp<int64_t>(from, 0, size);
  to = std::clamp<int64_t>(to, from, size);
  return text.substr(static_cast<size_t>(from), static_cast<size_t>(to - from));
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

bool call_text(const std::string& text, const std::string& name, const Arguments& a, Value& out) {
  if (name == "length" || name == "size")
    out = of(static_cast<int64_t>(text.size()));
  else if (name == "isEmpty")
    out = of(text.empty());
  else if (name == "substring")
    out = of(cut(text, number_at(a, 0, 0), number_at(a, 1, static_cast<int64_t>(text.size()))));
  else if (name == "split")
    out = split(text, text_at(a, 0));
  else if (name == "replace")
    out = of(replaced(text, text_at(a, 0), text_at(a, 1)));
  else if (name == "replaceAll")
    out = of(replaced_by_pattern(text, text_at(a, 0), text_at(a, 1), true));
  else if (name == "replaceFirst")
    out = of(replaced_by_pattern(text, text_at(a, 0), text_at(a, 1), false));
  else if (name == "contains")
    out = of(text.find(text_at(a, 0)) != std::string::npos);
  else if (name == "startsWith")
    out = of(text.starts_with(text_at(a, 0)));
  else if (name == "endsWith")
    out = of(text.ends_with(text_at(a, 0)));
  else if (name == "toLowerCase")
    out = of(to_lower(text));
  else if (name == "toUpperCase")
    out = of(upper(text));
  else if (name == "equals")
    out = of(!a.empty() && !a[0].is_null() && text == text_at(a, 0));
  else if (name == "equalsIgnoreCase")
    out = of(equals_ignore_case(text, text_at(a, 0)));
  else if (name == "matches")
    out = of(matches(text, text_at(a, 0)));
  else if (name == "trim")
    out = of(trimmed(text));
  else if (name == "indexOf")
    out = position(text.find(text_at(a, 0)));
  else if (name == "lastIndexOf")
    out = position(text.rfind(text_at(a, 0)));
  else if (name == "charAt")
    out = of(cut(text, number_at(a, 0, 0), number_at(a, 0, 0) + 1));
  else if (name == "concat" && text.size() < kTextMax)
    out = of(text + text_at(a, 0));
  else
    return false;
  return true;
}

bool call_list(List& list, const std::string& name, const Arguments& a, Value& out) {
  const int64_t size = static_cast<int64_t>(list.items.size());
  const bool moves = name == "remove" || (name == "add" && a.size() > 1);
  if (!spend(Budget::kValueMade + (moves ? list.items.size() * Budget::kValueSeen : 0))) return false;
  if (name == "size" || name == "length")
    out = of(size);
  else if (name == "isEmpty")
    out = of(size == 0);
  else if (name == "get") {
    const int64_t at = number_at(a, 0, -1);
    if (at >= 0 && at < size) out = list.items[static_cast<size_t>(at)];
  } else if (name == "add") {
    if (a.empty()) return false;
    if (a.size() > 1) {
      const int64_t at = std::clamp<int64_t>(number_at(a, 0, size), 0, size);
      list.items.insert(list.items.begin() + at, a[1]);
    } else {
      list.items.push_back(a[0]);
    }
    out = of(true);
  } else if (name == "addAll") {
    if (a.empty() || !a[0].list() || list.items.size() > kListMax) return false;
    const std::vector<Value> more = a[0].list()->items;
    if (!spend(more.size() * Budget::kValueMade)) return false;
    list.items.insert(list.items.end(), more.begin(), more.end());
    out = of(true);
  } else if (name == "set") {
    const int64_t at = number_at(a, 0, -1);
    if (a.size() < 2 || at < 0 || at >= size) return false;
    out = std::exchange(list.items[static_cast<size_t>(at)], a[1]);
  } else if (name == "remove") {
    const int64_t at = number_at(a, 0, -1);
    if (at < 0 || at >= size) return true;
    out = list.items[static_cast<size_t>(at)];
    list.items.erase(list.items.begin() + at);
  } else if (name == "contains") {
    out = of(!a.empty() &&
             std::any_of(list.items.begin(), list.items.end(), [&](const Value& v) { return equal(v, a[0]); }));
  } else if (name == "indexOf") {
    const auto found = std::find_if(list.items.begin(), list.items.end(),
                                    [&](const Value& v) { return !a.empty() && equal(v, a[0]); });
    out = of(found == list.items.end() ? int64_t{-1} : static_cast<int64_t>(found - list.items.begin()));
  } else {
    return false;
  }
  return true;
}

Value entry_of(const std::string& key, const Value& value) {
  Value out = new_map();
  out.map()->at("key") = of(key);
  out.map()->at("value") = value;
  return out;
}

bool call_map(Map& map, const std::string& name, const Arguments& a, Value& out) {
  const std::string key = text_at(a, 0);
  const auto listed = [&](auto of_entry) {
    out = new_list();
    if (!spend(map.entries.size() * Budget::kValueMade)) return;
    for (const auto& [entry_key, value] : map.entries) out.list()->items.push_back(of_entry(entry_key, value));
  };
  if (name == "size")
    out = of(static_cast<int64_t>(map.entries.size()));
  else if (name == "isEmpty")
    out = of(map.entries.empty());
  else if (name == "get") {
    if (Value* found = map.find(key)) out = *found;
  } else if (name == "getOrDefault") {
    if (Value* found = map.find(key))
      out = *found;
    else if (a.size() > 1)
      out = a[1];
  } else if (name == "put") {
    if (a.size() < 2) return false;
    out = std::exchange(map.at(key), a[1]);
  } else if (name == "putAll") {
    if (a.empty() || !a[0].map()) return false;
    const auto more = a[0].map()->entries;
    for (const auto& [entry_key, value] : more) {
      if (spend(Budget::kValueMade)) map.at(entry_key) = value;
    }
  } else if (name == "remove") {
    if (Value* found = map.find(key)) out = *found;
    std::erase_if(map.entries, [&](const auto& entry) { return entry.first == key; });
  } else if (name == "containsKey")
    out = of(map.find(key) != nullptr);
  else if (name == "containsValue")
    out = of(!a.empty() &&
             std::any_of(map.entries.begin(), map.entries.end(), [&](const auto& e) { return equal(e.second, a[0]); }));
  else if (name == "keySet")
    listed([](const std::string& k, const Value&) { return of(k); });
  else if (name == "values")
    listed([](const std::string&, const Value& v) { return v; });
  else if (name == "entrySet")
    listed(entry_of);
  else if (name == "getKey")
    out = map.find("key") ? *map.find("key") : Value{};
  else if (name == "getValue")
    out = map.find("value") ? *map.find("value") : Value{};
  else
    return false;
  return true;
}

}  // namespace

bool call_method(Value& target, const std::string& name, const std::vector<Value>& arguments, Value& result) {
  if (name == "toString") {
    result = of(printed(target));
    return !target.is_null();
  }
  if (auto object = target.object()) return object->call(name, arguments, result);
  if (auto list = target.list()) return call_list(*list, name, arguments, result);
  if (auto map = target.map()) return call_map(*map, name, arguments, result);
  if (target.is_null()) return false;
  if (name == "intValue" || name == "longValue") {
    result = target.integer() ? target : of(whole_of(target.number()));
    return target.is_number();
  }
  // Integer.parseInt of templates: `$x.parseInt("5")`, on whatever number there is.
  if (target.is_number() && (name == "parseInt" || name == "parseLong")) {
    result = of(static_cast<int64_t>(std::strtoll(text_at(arguments, 0).c_str(), nullptr, 10)));
    return true;
  }
  if (name == "equals") {
    result = of(!arguments.empty() && equal(target, arguments[0]));
    return true;
  }
  if (!call_text(printed(target), name, arguments, result)) return false;
  spend(result.text() ? result.text()->size() : 0);
  return true;
}

}  // namespace millrace::apigateway::vtl
