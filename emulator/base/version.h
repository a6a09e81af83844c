#pragma once

namespace millrace {

/// Of the program; what `millrace --version` says.
inline constexpr const char* kVersion = "0.9.0";

}  // namespace millrace
