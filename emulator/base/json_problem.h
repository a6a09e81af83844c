#pragma once
// What is wrong with a text that should be one JSON value, in the words of Jackson, the Java library whose messages
// Lambda hands on to Invoke's callers and EventBridge to those who write patterns.

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// Nothing if the text is valid; else the message with its place ("... line: 1, column: 3]"), lines and columns from 1.
/// Source: recorded messages for the first two of the tests' cases; the rest is Jackson's own wording.
std::optional<std::string> json_problem(std::string_view text);

}  // namespace millrace
