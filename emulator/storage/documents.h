#pragma once
// JSON documents of the control planes, in Family::meta under document_key(...).

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/storage/keys.h"
#include "emulator/storage/store.h"

namespace millrace::storage {

std::optional<Json> get_document(const Reader& reader, std::string_view key);
void put_document(Txn& txn, std::string_view key, const Json& document);

/// Documents whose key begins with `prefix` (whole parts), in byte order of the keys, starting after the key
/// `after` unless that is empty. `visit` gets the key and the document and returns false to stop.
void each_document(const Reader& reader, std::string_view prefix, std::string_view after,
                   const std::function<bool(std::string_view key, Json document)>& visit);
/// All of them.
std::vector<Json> list_documents(const Reader& reader, std::string_view prefix);

}  // namespace millrace::storage
