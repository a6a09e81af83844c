#pragma once

#include <string_view>

namespace millrace {

/// This program's version, e.g. "0.9.0": what emulator/setup/VERSION says.
std::string_view version();

}  // namespace millrace
