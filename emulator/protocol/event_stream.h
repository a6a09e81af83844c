#pragma once
// vnd.amazon.eventstream: total length, headers' length, their CRC; headers, payload; the CRC of all that.

#include <string>
#include <string_view>

namespace millrace::protocol {

/// One message. `kind` is "event" or "exception", `type` its event type or exception type.
std::string event_stream_message(std::string_view kind, std::string_view type, std::string_view payload,
                                 std::string_view content_type = "application/json");

}  // namespace millrace::protocol
