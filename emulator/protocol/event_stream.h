#pragma once
// vnd.amazon.eventstream: total length, headers' length, their CRC; headers, payload; the CRC of all that.

#include <string>
#include <string_view>

namespace millrace::logs {

/// One message. `kind` is "event" or "exception", `type` its event type or exception type, the payload JSON.
std::string event_stream_message(std::string_view kind, std::string_view type, std::string_view payload);

}  // namespace millrace::logs
