#include "emulator/services/logs/paging.h"

#include "emulator/base/page_token.h"
#include "emulator/services/logs/errors.h"
#include "emulator/storage/documents.h"

namespace millrace::logs {

Result<Json> page_of(const storage::Reader& reader, const std::string& prefix, const Json& input, const char* member,
                     const std::function<std::optional<Json>(const Json&)>& show) {
  auto limit = static_cast<size_t>(int_of(input, "limit", int_of(input, "maxResults", 50)));
  std::string after, last;
  if (auto token = optional_text(input, "nextToken")) {
    auto position = page_position(prefix, *token);
    if (!position) return AwsError(errors::invalid_parameter, "The specified nextToken is invalid.");
    after = std::move(*position);
  }
  Json entries = Json::array();
  bool more = false;
  storage::each_document(reader, prefix, after, [&](std::string_view key, const Json& document) {
    auto entry = show(document);
    if (!entry) return true;
    if (entries.size() == limit) {
      more = true;
      return false;
    }
    entries.push_back(std::move(*entry));
    last = key;
    return true;
  });
  Json out{{member, std::move(entries)}};
  if (more) out["nextToken"] = page_token(prefix, last);
  return out;
}

}  // namespace millrace::logs
