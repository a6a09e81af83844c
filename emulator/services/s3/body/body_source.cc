#include "emulator/services/s3/body/body_source.h"

#include "emulator/base/aes.h"
#include "emulator/base/log.h"
#include "emulator/services/s3/objects/keys.h"

namespace millrace::s3 {

using storage::Family;

std::vector<Extent> extents_of(const storage::Reader& reader, const ObjectVersion& version, uint64_t offset,
                               uint64_t count) {
  if (version.parts == 0) return {{version.body, offset, count}};
  std::vector<Extent> out;
  uint64_t start = 0;
  for (const Part& part : decode_parts(reader.get(Family::objects, keys::manifest(version.body)).value_or(""))) {
    uint64_t end = start + part.size;
    uint64_t from = std::max(start, offset), to = std::min(end, offset + count);
    if (from < to) out.push_back({part.body, from - start, to - from});
    start = end;
  }
  return out;
}

ExtentReader::ExtentReader(std::shared_ptr<const storage::Reader> reader, std::vector<Extent> extents, std::string key)
    : reader_(std::move(reader)), key_(std::move(key)) {
  for (const Extent& extent : extents) {
    if (extent.count == 0) continue;
    extents_.push_back(extent);
    length_ += extent.count;
  }
}

bool ExtentReader::next(std::string& out) {
  out.clear();
  if (at_end()) return true;
  Extent& extent = extents_[at_];
  auto index = static_cast<uint32_t>(extent.offset / kPieceBytes);
  size_t within = extent.offset % kPieceBytes;
  auto piece = reader_->get(Family::chunks, keys::piece(extent.body, index));
  size_t want = static_cast<size_t>(std::min<uint64_t>(extent.count, kPieceBytes - within));
  if (!piece || piece->size() < within + want) {
    log::error("a piece of an object's body is missing from the store");
    return false;
  }
  if (within == 0 && want == piece->size())
    out = std::move(*piece);
  else
    out = piece->substr(within, want);
  if (!key_.empty()) apply_keystream(key_, extent.body, extent.offset, out);
  extent.offset += want;
  extent.count -= want;
  if (extent.count == 0) ++at_;
  return true;
}

namespace {

class ObjectSource final : public protocol::BodySource {
 public:
  explicit ObjectSource(ExtentReader reader) : reader_(std::move(reader)), length_(reader_.length()) {}
  std::optional<uint64_t> length() const override { return length_; }
  void next(std::function<void(Piece)> deliver) override {
    Piece piece;
    piece.failed = !reader_.next(piece.bytes);
    piece.last = reader_.at_end();
    deliver(std::move(piece));
  }

 private:
  ExtentReader reader_;
  uint64_t length_;
};

/// A reader that isn't ours to delete.
std::shared_ptr<const storage::Reader> borrowed(const storage::Reader& reader) {
  return {std::shared_ptr<const storage::Reader>(), &reader};
}

}  // namespace

void attach_body(std::shared_ptr<const storage::Reader> snapshot, const ObjectVersion& version, const std::string& key,
                 uint64_t offset, uint64_t count, protocol::HttpReply& reply) {
  if (count == 0) return;
  ExtentReader reader(snapshot, extents_of(*snapshot, version, offset, count), key);
  if (count > kPieceBytes / 4) {
    reply.stream = std::make_shared<ObjectSource>(std::move(reader));
    return;
  }
  std::string piece;
  while (!reader.at_end() && reader.next(piece)) reply.body += piece;
}

std::string read_all(const storage::Reader& reader, const ObjectVersion& version, const std::string& key) {
  ExtentReader bytes(borrowed(reader), extents_of(reader, version, 0, version.size), key);
  std::string out, piece;
  while (!bytes.at_end() && bytes.next(piece)) out += piece;
  return out;
}

}  // namespace millrace::s3
