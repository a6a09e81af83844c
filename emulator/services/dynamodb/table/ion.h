#pragma once
// Items as text Ion, the other format of exports and imports: `$ion_1_0
// {Item:{pk:"a",n:1.,s:$dynamodb_SS::["x"]}}`, one document per line in exports. Numbers are Ion decimals,
// binary values blobs; sets are annotated lists. Source: developer guide, "DynamoDB table export output
// format". Binary Ion isn't read.

#include <functional>
#include <string>
#include <string_view>

#include "emulator/base/attribute/attribute_value.h"

namespace millrace::dynamodb {

void append_ion(std::string& out, const AttributeMap& item);
/// Also a value by itself, e.g. {Item:...} of incremental exports.
void append_ion_name(std::string& out, std::string_view name);

/// Reads a stream of `{Item:{...}}`. `error` is called for each top-level value that isn't an item; what
/// follows text that isn't Ion at all is given up, and false returned.
bool read_ion(std::string_view text, const std::function<void(AttributeMap)>& item, const std::function<void()>& error);

}  // namespace millrace::dynamodb
