#pragma once
// The data folder failed. A read that fails is never an absence.

#include <stdexcept>

#include "emulator/base/result.h"

namespace millrace {

/// Thrown by every read of the store that fails: a damaged block, a disk that refuses, a stored document that isn't
/// one. Inside a change it poisons the change (storage::Outcome::failed), a request it ends with the service's own
/// error 500, a task in the background it ends. Its text names the file.
class StoreFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reports that something stored can't be decoded, and throws StoreFault.
[[noreturn]] void fail_damaged(std::string_view what);

/// The data folder couldn't be read or written. Services answer it in their own words (render_error).
inline constexpr ErrorKind kStoreFault{"StoreFault", 500, "", "message", Fault::server};

}  // namespace millrace
