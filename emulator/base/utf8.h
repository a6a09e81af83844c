#pragma once

#include <cstdint>
#include <string>

namespace millrace {

/// Appends the code point, a lone surrogate too: it then equals only itself.
void append_utf8(std::string& out, uint32_t code);

}  // namespace millrace
