#pragma once
// Pages of documents: what the Describe operations share.

#include <functional>
#include <optional>
#include <string>

#include "emulator/base/json.h"
#include "emulator/base/result.h"
#include "emulator/storage/store.h"

namespace millrace::logs {

/// `{"<member>": [...], "nextToken": ...}` of the documents below `prefix`, in order of their names. `show` gives a
/// document's entry, or nullopt for one that isn't wanted. The page's size is the input's `limit` or `maxResults`,
/// else 50; its start is the input's `nextToken` (InvalidParameterException if that is none of ours).
Result<Json> page_of(const storage::Reader& reader, const std::string& prefix, const Json& input, const char* member,
                     const std::function<std::optional<Json>(const Json&)>& show);

}  // namespace millrace::logs
