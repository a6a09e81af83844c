#include "emulator/services/cloudwatch/kept_lists.h"

#include <algorithm>

namespace millrace::cloudwatch {

std::string kept_key(const Scope& scope, const char* kind, const std::string& name) {
  return storage::document_key({"cloudwatch", scope.account, scope.region, kind, name});
}

Json shown_of(const Json& document) {
  Json out = Json::object();
  for (const auto& [name, value] : document.items()) {
    if (!name.starts_with('_')) out[name] = value;
  }
  return out;
}

std::vector<Json> kept_of(const storage::Reader& reader, const Scope& scope, const char* kind) {
  return storage::list_documents(reader, storage::document_key({"cloudwatch", scope.account, scope.region, kind}));
}

Result<Json> page_of_kept(const storage::Reader& reader, const protocol::Call& call, const char* kind, const char* list,
                          const std::function<std::optional<Json>(const Json& document)>& show) {
  constexpr int64_t kPageMax = 500;
  const int64_t most = std::clamp<int64_t>(int_of(call.input, "MaxResults", kPageMax), 1, kPageMax);
  auto pager = Pager::open(protocol::list_name(call), text_of(call.input, "NextToken"), static_cast<size_t>(most));
  if (!pager) return AwsError(errors::invalid_token, "Invalid nextToken");  // unverified: the words
  Json out{{list, Json::array()}};
  for (const Json& document : kept_of(reader, scope_of(call), kind)) {
    auto one = show(document);
    if (one && pager->takes(text_of(document, "_name"))) out[list].push_back(std::move(*one));
  }
  if (auto next = pager->next_token()) out["NextToken"] = std::move(*next);
  return out;
}

}  // namespace millrace::cloudwatch
