#pragma once
// The items in an import's source files.

#include <functional>
#include <string_view>

#include "emulator/base/attribute/attribute_value.h"
#include "emulator/base/json.h"
#include "emulator/tables/table.h"

namespace millrace::dynamodb {

/// Calls `item` for each item of the text and `error` for each record that is none. `options` are
/// InputFormatOptions. DYNAMODB_JSON: documents `{"Item": {...}}`, each in a line of its own or not. CSV: a header line (or HeaderList), then
/// values; all are strings but the key attributes, which have the types that the table defines.
void read_import(std::string_view text, const std::string& format, const Json& options, const tables::Table& table,
                 const std::function<void(AttributeMap)>& item, const std::function<void()>& error);

}  // namespace millrace::dynamodb
