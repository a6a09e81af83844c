#pragma once
// The server's own log, one line per event on standard error. Not CloudWatch Logs.

#include <string_view>

namespace millrace::log {

enum class Level { debug, info, warning, error, off };

/// Parses "debug", "info", "warning", "error" or "off"; info for anything else.
Level parse_level(std::string_view name);
void set_level(Level level);
bool enabled(Level level);

void debug(std::string_view text);
void info(std::string_view text);
void warning(std::string_view text);
void error(std::string_view text);

}  // namespace millrace::log
