#pragma once
// One event on a bus.

#include <optional>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"

namespace millrace::eventbridge {

struct Event {
  std::string id;  // a UUID
  std::string detail_type, source, account, region;
  std::string time;              // 2024-05-01T12:00:00Z
  std::string resources = "[]";  // JSON text
  std::string detail;            // JSON text of an object, as it was given
  std::string replay_name;       // of an archived event that comes again
  std::string trace_header;      // X-Amzn-Trace-Id for its targets
  int hops = 0;                  // how many buses it has left behind

  /// As delivered: members in AWS's order.
  std::string text() const;
};

/// An event from its text(); nullopt if it isn't one.
std::optional<Event> parse_event(const std::string& text);

/// JSON text without the blanks between its tokens. `text` is valid JSON.
std::string without_blanks(const std::string& text);

}  // namespace millrace::eventbridge
