#pragma once
// The JSON of the control planes. Members keep the order in which they were added, as AWS's documents do.
// Items don't go through it: emulator/base/attribute writes and reads theirs directly.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

// Compiled once, in json.cc.
extern template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace millrace {

using Json = nlohmann::ordered_json;

/// The member's value, or nullptr where it is absent or null.
const Json* find(const Json& object, std::string_view member);

/// The member as text / integer / boolean, or the fallback where it is absent, null or of another type.
std::string text_of(const Json& object, std::string_view member, std::string_view fallback = {});
int64_t int_of(const Json& object, std::string_view member, int64_t fallback = 0);
bool bool_of(const Json& object, std::string_view member, bool fallback = false);
std::optional<std::string> optional_text(const Json& object, std::string_view member);
std::optional<int64_t> optional_int(const Json& object, std::string_view member);

/// Parses one JSON document; nullopt if it isn't one. Never throws; nesting is limited to 256 levels.
std::optional<Json> parse_json(std::string_view text);

/// Appends `text`, which is valid UTF-8, as a JSON string literal, quotes included.
void append_json_string(std::string& out, std::string_view text);

/// Compact text; invalid UTF-8 is replaced, so that it never throws.
std::string to_text(const Json& value);

}  // namespace millrace
