#include "emulator/protocol/event_stream.h"

#include "emulator/base/encoding.h"

namespace millrace::protocol {

namespace {

constexpr char kStringHeader = 7;

void put_u32(std::string& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

void put_header(std::string& out, std::string_view name, std::string_view value) {
  out.push_back(static_cast<char>(name.size()));
  out.append(name);
  out.push_back(kStringHeader);
  out.push_back(static_cast<char>(value.size() >> 8));
  out.push_back(static_cast<char>(value.size()));
  out.append(value);
}

}  // namespace

std::string event_stream_message(std::string_view kind, std::string_view type, std::string_view payload,
                                 std::string_view content_type) {
  std::string headers;
  put_header(headers, kind == "exception" ? ":exception-type" : ":event-type", type);
  put_header(headers, ":content-type", content_type);
  put_header(headers, ":message-type", kind);
  std::string message;
  put_u32(message, static_cast<uint32_t>(16 + headers.size() + payload.size()));
  put_u32(message, static_cast<uint32_t>(headers.size()));
  put_u32(message, crc32(message));
  message += headers;
  message += payload;
  put_u32(message, crc32(message));
  return message;
}

}  // namespace millrace::protocol
