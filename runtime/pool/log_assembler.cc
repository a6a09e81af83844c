#include "runtime/pool/log_assembler.h"

#include "emulator/base/encoding.h"
#include "emulator/base/json.h"

namespace millrace::pool {

namespace {

constexpr std::string_view kFrameMark("\xa5\x5a\x00\x03", 4);
constexpr size_t kFrameHeadBytes = 16;

uint32_t frame_length(std::string_view head) {
  uint32_t length = 0;
  for (size_t i = 4; i < 8; ++i) length = length << 8 | static_cast<unsigned char>(head[i]);
  return length;
}

// Each byte that isn't part of valid UTF-8 becomes U+FFFD.
std::string to_valid_utf8(std::string_view text) {
  if (is_valid_utf8(text)) return std::string(text);
  std::string out;
  while (!text.empty()) {
    size_t length = 1;
    while (length < std::min<size_t>(4, text.size()) && !is_valid_utf8(text.substr(0, length))) ++length;
    if (!is_valid_utf8(text.substr(0, length))) length = 0;
    if (length == 0)
      out += "\xef\xbf\xbd";
    else
      out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace

std::vector<std::string> LogAssembler::feed(std::string_view bytes) {
  pending_ += bytes;
  std::vector<std::string> events;
  take_frames_and_lines(events);
  return events;
}

std::vector<std::string> LogAssembler::finish() {
  std::vector<std::string> events;
  if (!pending_.empty()) add(events, pending_);
  pending_.clear();
  return events;
}

void LogAssembler::take_frames_and_lines(std::vector<std::string>& events) {
  std::string_view rest = pending_;
  while (!rest.empty()) {
    if (rest.substr(0, 4) == kFrameMark) {
      if (rest.size() < kFrameHeadBytes) break;
      size_t length = frame_length(rest);
      if (rest.size() - kFrameHeadBytes < length) {
        // A frame too long for an event is cut, so that what waits here stays bounded.
        if (rest.size() < 4 * kLogEventBytesMax) break;
        length = rest.size() - kFrameHeadBytes;
      }
      add(events, rest.substr(kFrameHeadBytes, length));
      rest.remove_prefix(kFrameHeadBytes + length);
      continue;
    }
    size_t newline = rest.find('\n');
    size_t mark = rest.find(kFrameMark);
    if (mark != std::string_view::npos && (newline == std::string_view::npos || mark < newline)) {
      add(events, rest.substr(0, mark));  // an unfinished line before a frame
      rest.remove_prefix(mark);
    } else if (newline != std::string_view::npos) {
      add(events, rest.substr(0, newline + 1));
      rest.remove_prefix(newline + 1);
    } else if (rest.size() > kLogEventBytesMax) {
      add(events, rest);
      rest = {};
    } else {
      break;
    }
  }
  pending_.erase(0, pending_.size() - rest.size());
}

void LogAssembler::add(std::vector<std::string>& events, std::string_view text) {
  while (text.size() > kLogEventBytesMax) {
    size_t cut = kLogEventBytesMax;
    while (cut > kLogEventBytesMax - 4 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
    events.push_back(to_valid_utf8(text.substr(0, cut)));
    text.remove_prefix(cut);
  }
  events.push_back(to_valid_utf8(text));
}

}  // namespace millrace::pool
