#include "runtime/filter/explain_fields.h"

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/base/json.h"
#include "runtime/filter/filter_pattern.h"

namespace millrace::filter {

namespace {

constexpr size_t kFieldsMax = 256;  // as many paths as a rule may have
constexpr size_t kShownMax = 200;   // bytes of a value

using Path = std::vector<std::string>;

std::string joined(const Path& path) {
  std::string out;
  for (const std::string& name : path) out += (out.empty() ? "" : ".") + name;
  return out;
}

/// What lies at a path, through arrays too: of several values the first.
const Json* at_path(const Json& here, const Path& path, size_t from = 0) {
  if (here.is_array() && from < path.size()) {
    for (const Json& element : here) {
      if (const Json* found = at_path(element, path, from)) return found;
    }
    return nullptr;
  }
  if (from == path.size()) return &here;
  const Json* next = here.is_object() ? find(here, path[from]) : nullptr;
  return next ? at_path(*next, path, from + 1) : nullptr;
}

std::string shown(const Json* value) {
  if (!value) return "absent";
  std::string text = to_text(*value);
  return text.size() <= kShownMax ? text : text.substr(0, kShownMax) + "...";
}

bool is_typed_value(const Json& value) {
  static const std::vector<std::string> kTypes = {"S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"};
  return value.is_object() && value.size() == 1 &&
         std::find(kTypes.begin(), kTypes.end(), value.begin().key()) != kTypes.end();
}

bool asks_numerically(const Json& wanted) {
  return std::any_of(wanted.begin(), wanted.end(),
                     [](const Json& one) { return one.is_object() && find(one, "numeric") != nullptr; });
}

/// Where the field would be found that was looked for in vain: below `dynamodb`, or in an image.
std::string elsewhere(const Json& event, const Path& path) {
  for (const Path& prefix :
       {Path{"dynamodb"}, Path{"dynamodb", "NewImage"}, Path{"dynamodb", "OldImage"}, Path{"dynamodb", "Keys"}}) {
    Path there = prefix;
    there.insert(there.end(), path.begin(), path.end());
    if (at_path(event, there)) return joined(there);
  }
  return "";
}

std::string hint_for_absent(const Json& event, const Path& path) {
  if (std::string there = elsewhere(event, path); !there.empty()) return "the event has it at " + there;
  for (size_t depth = path.size(); depth-- > 0;) {
    Path above(path.begin(), path.begin() + static_cast<ptrdiff_t>(depth));
    const Json* parent = at_path(event, above);
    if (!parent) continue;
    if (parent->is_string())
      return joined(above) + " is text, not an object" +
             (above.back() == "body" ? ": only a body that is a JSON object can be looked into" : "");
    if (!parent->is_object()) return "";
    for (const auto& [name, value] : parent->items()) {
      if (to_lower(name) == to_lower(path[depth])) return "the event spells it " + name;
    }
    return is_typed_value(*parent) ? joined(above) + " has the type " + parent->begin().key() : "";
  }
  return "";
}

std::string hint_for_value(const Json& wanted, const Json& found, const Path& path) {
  if (is_typed_value(found))
    return "it is a DynamoDB value: name its type, " + joined(path) + "." + found.begin().key();
  if (found.is_object()) return "it is an object: the pattern must name a field in it";
  if (found.is_string() && asks_numerically(wanted))
    return "it is the string " + shown(&found) + "; numeric compares numbers" +
           (!path.empty() && path.back() == "N" ? ", and DynamoDB writes N as a string" : "");
  for (const Json& one : wanted) {
    bool different_types = one.is_string() != found.is_string();
    std::string mine = one.is_string() ? one.get<std::string>() : to_text(one);
    std::string theirs = found.is_string() ? found.get<std::string>() : to_text(found);
    if (different_types && mine == theirs)
      return "the pattern has " + shown(&one) + ", the event " + shown(&found) +
             ": a string and a number are never equal";
    if (one.is_string() && found.is_string() && to_lower(mine) == to_lower(theirs))
      return "only capital letters differ: {\"equals-ignore-case\": " + shown(&one) + "}";
  }
  return "";
}

bool holds(const Path& path, const Json& wanted, const std::string& event) {
  Json pattern = wanted;
  for (auto name = path.rbegin(); name != path.rend(); ++name) pattern = Json{{*name, std::move(pattern)}};
  auto compiled = FilterPattern::compile(to_text(pattern));
  return compiled && compiled->matches_json(event);
}

struct Walk {
  const Json& event;
  const std::string& event_text;
  std::vector<FieldVerdict>& out;

  void visit(const Json& pattern, const Path& path) {
    for (const auto& [name, value] : pattern.items()) {
      if (out.size() >= kFieldsMax) return;
      if (name == "$or" && value.is_array()) {
        for (const Json& alternative : value) {
          if (alternative.is_object()) visit(alternative, path);
        }
        continue;
      }
      Path here = path;
      here.push_back(name);
      if (value.is_object())
        visit(value, here);
      else if (value.is_array())
        add(value, here);
    }
  }

  void add(const Json& wanted, const Path& path) {
    const Json* found = at_path(event, path);
    FieldVerdict verdict{joined(path), to_text(wanted), shown(found), holds(path, wanted, event_text), ""};
    if (!verdict.holds) verdict.hint = found ? hint_for_value(wanted, *found, path) : hint_for_absent(event, path);
    out.push_back(std::move(verdict));
  }
};

}  // namespace

Explanation explain_fields(const std::string& pattern_text, const std::string& event_text) {
  Explanation out;
  auto pattern = FilterPattern::compile(pattern_text, &out.problem);
  if (!pattern) return out;
  out.valid = true;
  auto event = parse_json(event_text);
  if (!event || !event->is_object()) {
    out.problem = "the event is not a JSON object";
    return out;
  }
  out.matches = pattern->matches_json(event_text);
  Walk{*event, event_text, out.fields}.visit(*parse_json(pattern_text), {});
  return out;
}

}  // namespace millrace::filter
