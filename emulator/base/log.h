#pragma once
// The server's own log, one line per event on standard error. Not CloudWatch Logs. A line that comes again within a minute is
// counted instead of shown (repeats.h).

#include <string_view>

namespace millrace::log {

enum class Level { debug, info, warning, error, off };
enum class Format { text, terminal, json };

/// Parses "debug", "info", "warning", "error" or "off"; info for anything else.
Level parse_level(std::string_view name);
void set_level(Level level);
/// Colours are used where standard error is a terminal and NO_COLOR isn't set; never in JSON. `terminal`: between the lines of
/// requests (console.h), with the time of the day as they have it.
void set_format(Format format);
bool enabled(Level level);

void debug(std::string_view text);
void info(std::string_view text);
void warning(std::string_view text);
void error(std::string_view text);

}  // namespace millrace::log
