#include "runtime/poller/batch_response.h"

#include <algorithm>
#include <unordered_map>

#include "emulator/base/json.h"

namespace millrace::poller {

namespace {

PartialFailures whole_batch() {
  return {.all = true};
}

/// `null`, `{}`, `[]` and `""` say that all went well.
bool says_nothing(const Json& answer) {
  return answer.is_null() || (answer.is_string() && answer.get_ref<const std::string&>().empty()) ||
         ((answer.is_array() || answer.is_object()) && answer.empty());
}

}  // namespace

PartialFailures read_partial_failures(const std::string& answer, const std::vector<std::string>& ids) {
  if (answer.empty()) return {};
  auto json = parse_json(answer);
  if (!json) return whole_batch();
  if (says_nothing(*json)) return {};
  if (!json->is_object()) return whole_batch();  // unverified: a text or number is no answer of this form
  auto list = json->find("batchItemFailures");
  if (list == json->end() || list->is_null()) return {};
  if (!list->is_array()) return whole_batch();
  std::unordered_map<std::string_view, size_t> index;
  for (size_t i = 0; i < ids.size(); ++i) index.emplace(ids[i], i);
  PartialFailures result;
  for (const Json& failure : *list) {
    if (!failure.is_object()) return whole_batch();
    auto id = failure.find("itemIdentifier");
    if (id == failure.end() || !id->is_string()) return whole_batch();
    auto found = index.find(id->get_ref<const std::string&>());
    if (found == index.end()) return whole_batch();
    result.failed.push_back(found->second);
  }
  std::sort(result.failed.begin(), result.failed.end());
  result.failed.erase(std::unique(result.failed.begin(), result.failed.end()), result.failed.end());
  return result;
}

std::optional<std::string> read_window_state(const std::string& answer) {
  auto json = parse_json(answer);
  if (!json || !json->is_object()) return std::nullopt;
  auto state = json->find("state");
  if (state == json->end() || !state->is_object()) return std::nullopt;
  return to_text(*state);
}

std::string error_text(const std::string& document) {
  auto json = parse_json(document);
  if (!json || !json->is_object()) return document.substr(0, 200);
  return text_of(*json, "errorType", "an error") + ": " + text_of(*json, "errorMessage").substr(0, 200);
}

std::string with_fault(std::string reason, const std::string& rule) {
  if (rule.empty()) return reason;
  return reason + (reason.empty() ? "" : " ") + "(by fault rule " + rule + ")";
}

}  // namespace millrace::poller
