#pragma once
// Reads stored bodies: a range of an object, piece by piece, while it is sent.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "emulator/protocol/http.h"
#include "emulator/services/s3/objects/object_version.h"
#include "emulator/storage/store.h"

namespace millrace::s3 {

/// `count` bytes of a body from `offset`.
struct Extent {
  uint64_t body = 0;
  uint64_t offset = 0;
  uint64_t count = 0;
};

/// Where the bytes [offset, offset + count) of an object are.
std::vector<Extent> extents_of(const storage::Reader& reader, const ObjectVersion& version, uint64_t offset,
                               uint64_t count);

/// Reads extents in order, a piece at a time. Under a key of 32 bytes a body is encrypted by AES-256-CTR, its id being the
/// nonce; without one it lies as it is.
class ExtentReader {
 public:
  ExtentReader(std::shared_ptr<const storage::Reader> reader, std::vector<Extent> extents, std::string key);
  /// The next bytes (at most kPieceBytes); false if a piece is missing.
  bool next(std::string& out);
  bool at_end() const { return at_ == extents_.size(); }
  uint64_t length() const { return length_; }

 private:
  std::shared_ptr<const storage::Reader> reader_;
  std::vector<Extent> extents_;
  std::string key_;
  size_t at_ = 0;
  uint64_t length_ = 0;
};

/// Puts an object's bytes into a reply: small ones at once, others as a stream that holds the snapshot in
/// which the version was found, so that an object that is deleted meanwhile is still sent whole. `key`: the body's.
void attach_body(std::shared_ptr<const storage::Reader> snapshot, const ObjectVersion& version, const std::string& key,
                 uint64_t offset, uint64_t count, protocol::HttpReply& reply);

/// A whole body in memory; for small objects only.
std::string read_all(const storage::Reader& reader, const ObjectVersion& version, const std::string& key);

}  // namespace millrace::s3
