#pragma once
// ApplicationLogLevel for what a function writes: with JSON logs, Lambda reads the level of each event that
// is a JSON object and leaves out those below the function's level. Runtimes' own loggers don't make such
// events in the first place; this is for everything else. Source: "Log-level filtering" in the developer
// guide.

#include <string>
#include <string_view>

namespace millrace::pool {

/// Whether an event belongs into the log. `lowest` is TRACE, DEBUG, INFO, WARN, ERROR or FATAL; empty:
/// everything does. A JSON object without a level that is known counts as INFO; what isn't a JSON object is
/// never left out.
bool is_wanted(std::string_view event, std::string_view lowest);

}  // namespace millrace::pool
