#pragma once
// Writes a body's bytes into pieces while they arrive. Nothing refers to them until a change adopts the body;
// a writer that is destroyed before that removes what it wrote, and a start removes what a killed process
// left.

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/base/random.h"
#include "emulator/base/result.h"
#include "emulator/storage/store.h"

namespace millrace::s3 {

class BodyWriter {
 public:
  /// `key`: the body is encrypted under it as body_source.h reads it; empty: it lies as it is.
  BodyWriter(storage::Store& store, Random& random, std::string key = {});
  ~BodyWriter();
  BodyWriter(const BodyWriter&) = delete;
  BodyWriter& operator=(const BodyWriter&) = delete;

  /// The error is a full disk.
  Result<void> write(std::string_view bytes);
  /// In the change that stores the object: writes what is still in memory, and makes the rest referenced.
  void adopt(storage::Txn& txn);
  /// After that change was committed: the destructor keeps everything.
  void keep() { kept_ = true; }

  uint64_t id() const { return id_; }
  uint64_t size() const { return size_; }

 private:
  Result<void> flush();
  void encrypt_tail();

  storage::Store& store_;
  uint64_t id_;
  uint64_t size_ = 0;
  uint32_t pieces_ = 0;  // written outside the change
  std::string tail_;     // at most one piece
  const std::string key_;
  bool tail_is_encrypted_ = false;
  bool kept_ = false;
};

/// Erases a body's pieces in a change.
void erase_body(storage::Txn& txn, uint64_t body, uint64_t size);

/// Removes bodies that were being written when the process ended. Returns their number.
size_t remove_unfinished_bodies(storage::Store& store);

}  // namespace millrace::s3
