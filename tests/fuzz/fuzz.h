#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

/// One input; whatever it holds, this returns 0. A crash, a sanitizer's report or a broken promise() is the finding.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace millrace::fuzz {

inline std::string_view as_text(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// What must hold for every input; aborts if it doesn't.
inline void promise(bool holds, const char* what) {
  if (holds) return;
  std::cerr << "broken: " << what << std::endl;
  std::abort();
}

}  // namespace millrace::fuzz
