#include "emulator/services/apigateway/rest/patch.h"

#include <algorithm>
#include <charconv>

#include "emulator/protocol/shape.h"
#include "emulator/services/apigateway/rest/state.h"

namespace millrace::apigateway::rest {

namespace {

std::vector<std::string> decoded_segments(std::string_view path) {
  std::vector<std::string> out;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (true) {
    const size_t slash = path.find('/');
    std::string segment;
    const std::string_view raw = path.substr(0, slash);
    for (size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] == '~' && i + 1 < raw.size() && (raw[i + 1] == '0' || raw[i + 1] == '1')) {
        segment += raw[++i] == '0' ? '~' : '/';
      } else {
        segment += raw[i];
      }
    }
    out.push_back(std::move(segment));
    if (slash == std::string_view::npos) return out;
    path.remove_prefix(slash + 1);
  }
}

bool fits(const PatchRule& rule, const std::vector<std::string>& segments) {
  const std::vector<std::string> wanted = decoded_segments(rule.path);
  return std::equal(wanted.begin(), wanted.end(), segments.begin(), segments.end(),
                    [](const auto& a, const auto& b) { return a == "*" || a == b; });
}

char letter_of(const std::string& op) {
  return op == "add" ? 'a' : op == "replace" ? 'r' : op == "remove" ? 'd' : '?';
}

/// The member that holds the path's last segment; created on the way.
Json& holder_of(Json& document, const std::vector<std::string>& segments, size_t depth) {
  Json* at = &document;
  for (size_t i = 0; i < depth; ++i) {
    Json& next = (*at)[segments[i]];
    if (!next.is_object()) next = Json::object();
    at = &next;
  }
  return *at;
}

/// Objects and lists on the path that have nothing left are taken out, as AWS shows none.
void drop_empty(Json& document, const std::vector<std::string>& segments, size_t depth) {
  for (size_t length = depth; length > 0; --length) {
    Json& parent = holder_of(document, segments, length - 1);
    if (parent.contains(segments[length - 1]) && parent[segments[length - 1]].empty())
      parent.erase(segments[length - 1]);
  }
}

Result<void> patch_list(Json& document, const PatchOperation& operation, As as) {
  const std::vector<std::string>& path = operation.segments;
  const size_t list_depth = as == As::by_value ? path.size() : path.size() - 1;
  Json& list = holder_of(document, path, list_depth - 1)[path[list_depth - 1]];
  if (!list.is_array()) list = Json::array();
  if (as == As::at_index) {
    const size_t index = std::strtoul(path.back().c_str(), nullptr, 10);
    if (index >= list.size()) return errors::bad_request("Invalid patch path " + operation.path);
    list[index] = operation.text();
    return {};
  }
  const std::string element = as == As::by_value ? operation.text() : path.back();
  const auto found = std::find(list.begin(), list.end(), Json(element));
  if (operation.op == "remove") {
    // A removal without a value takes the whole list.
    if (as == As::by_value && element.empty()) {
      list = Json::array();
    } else if (found != list.end()) {
      list.erase(found);
    }
  } else if (as == As::element && operation.op == "replace") {
    if (found != list.end()) *found = operation.text();
  } else if (found == list.end()) {
    list.push_back(element);
  }
  drop_empty(document, path, list_depth);
  return {};
}

Result<Json> typed(const PatchOperation& operation, As as) {
  if (as == As::boolean) {
    TRY(const bool value, patched_boolean(operation));
    return Json(value);
  }
  if (as == As::integer) {
    TRY(const int64_t value, patched_integer(operation));
    return Json(value);
  }
  if (as == As::number) {
    TRY(const double value, patched_number(operation));
    return Json(value);
  }
  return Json(operation.text());
}

}  // namespace

Result<std::vector<PatchOperation>> patch_operations(const Json& input, const std::string& input_name) {
  std::vector<PatchOperation> out;
  const Json* operations = find(input, "patchOperations");
  if (!operations) return out;
  std::vector<std::string> wrong;
  for (size_t i = 0; i < operations->size(); ++i) {
    const Json& given = (*operations)[i];
    PatchOperation one{text_of(given, "op"), text_of(given, "path"), {}, Json(), text_of(given, "from")};
    static const std::vector<std::string> kOps = {"add", "remove", "move", "test", "replace", "copy"};
    if (std::find(kOps.begin(), kOps.end(), one.op) == kOps.end()) {
      wrong.push_back(
          protocol::violation(one.op, input_name + ".patchOperations." + std::to_string(i + 1) + ".member.op",
                              "Member must satisfy enum value set: [add, remove, move, test, replace, copy]"));
    }
    if (const Json* value = find(given, "value")) one.value = value->is_string() ? *value : Json(to_text(*value));
    one.segments = decoded_segments(one.path);
    out.push_back(std::move(one));
  }
  if (!wrong.empty()) return AwsError(errors::validation_kind, protocol::validation_message(wrong));
  return out;
}

AwsError invalid_path(const PatchOperation& operation, const std::vector<PatchRule>& rules) {
  return errors::bad_request("Invalid patch path  '" + operation.path + "' specified for op '" + operation.op +
                             "'. Must be one of: [" + listed_paths(rules) + "]");
}

std::string listed_paths(const std::vector<PatchRule>& rules) {
  std::vector<std::string> names;
  for (const PatchRule& rule : rules) {
    std::string name = rule.path;
    // AWS prints a key's place as {name}; ours is a star.
    for (size_t star = name.find('*'); star != std::string::npos; star = name.find('*', star))
      name.replace(star, 1, "{key}");
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

bool allows_path(const std::vector<PatchRule>& rules, const PatchOperation& operation) {
  return std::any_of(rules.begin(), rules.end(), [&](const PatchRule& one) { return fits(one, operation.segments); });
}

Result<void> apply_patch(Json& document, const PatchOperation& operation, const std::vector<PatchRule>& rules) {
  const PatchRule* rule = nullptr;
  for (const PatchRule& one : rules) {
    if (!rule && fits(one, operation.segments)) rule = &one;
  }
  if (!rule) return invalid_path(operation, rules);
  if (std::string_view(rule->ops).find(letter_of(operation.op)) == std::string_view::npos)
    return errors::bad_request("Invalid patch path  '" + operation.path + "' specified for op '" + operation.op +
                               "'. Please choose supported operations");
  if (rule->as == As::element || rule->as == As::by_value || rule->as == As::at_index)
    return patch_list(document, operation, rule->as);
  const std::vector<std::string>& path = operation.segments;
  const bool clears = operation.op == "remove" || (rule->as == As::optional && operation.text().empty()) ||
                      (rule->as == As::integer && operation.text().empty());  // Terraform's way to none
  if (clears) {
    holder_of(document, path, path.size() - 1).erase(path.back());
    drop_empty(document, path, path.size() - 1);
    return {};
  }
  TRY(Json value, typed(operation, rule->as));
  holder_of(document, path, path.size() - 1)[path.back()] = std::move(value);
  return {};
}

Result<void> apply_patches(Json& document, const Json& input, const std::string& input_name,
                           const std::vector<PatchRule>& rules, const OwnPatch& own) {
  TRY(const std::vector<PatchOperation> operations, patch_operations(input, input_name));
  for (const PatchOperation& operation : operations) {
    if (own) {
      TRY(const bool taken, own(document, operation));
      if (taken) continue;
    }
    TRY_VOID(apply_patch(document, operation, rules));
  }
  return {};
}

Result<bool> patched_boolean(const PatchOperation& operation) {
  const std::string text = operation.text();
  if (text == "true") return true;
  if (text == "false") return false;
  return errors::bad_request("Invalid boolean value '" + text + "' for " + operation.path);  // unverified: the words
}

Result<int64_t> patched_integer(const PatchOperation& operation) {
  const std::string text = operation.text();
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return errors::bad_request("Invalid integer value '" + text + "' for " + operation.path);  // unverified: the words
  return value;
}

Result<double> patched_number(const PatchOperation& operation) {
  const std::string text = operation.text();
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return errors::bad_request("Invalid number value '" + text + "' for " + operation.path);  // unverified: the words
  return value;
}

}  // namespace millrace::apigateway::rest
