#include "emulator/base/utf8.h"

namespace millrace {

void append_utf8(std::string& out, uint32_t code) {
  auto append = [&out](uint32_t byte) { out += static_cast<char>(byte); };
  auto continuation = [&](int shift) { append(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) return append(code);
  if (code < 0x800) {
    append(0xC0 | code >> 6);
    return continuation(0);
  }
  if (code < 0x10000) {
    append(0xE0 | code >> 12);
    continuation(6);
    return continuation(0);
  }
  append(0xF0 | (code >> 18 & 7));
  continuation(12);
  continuation(6);
  continuation(0);
}

}  // namespace millrace
