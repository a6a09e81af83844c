#include "emulator/services/s3/body/body_writer.h"

#include <vector>

#include "emulator/base/aes.h"
#include "emulator/base/store_fault.h"
#include "emulator/services/s3/objects/keys.h"

namespace millrace::s3 {

using storage::Family;

namespace {
uint64_t pieces_of(uint64_t size) {
  return (size + kPieceBytes - 1) / kPieceBytes;
}
}  // namespace

BodyWriter::BodyWriter(storage::Store& store, Random& random, std::string key)
    : store_(store), id_(random.next()), key_(std::move(key)) {}

BodyWriter::~BodyWriter() {
  if (kept_ || pieces_ == 0) return;
  store_.erase_unreferenced(Family::chunks, keys::piece(id_, 0), keys::piece(id_, pieces_));
  std::string mark = keys::unfinished(id_);
  store_.erase_unreferenced(Family::objects, mark, mark + '\0');
}

Result<void> BodyWriter::write(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (tail_.size() == kPieceBytes) TRY_VOID(flush());
    size_t n = std::min(bytes.size(), kPieceBytes - tail_.size());
    tail_.append(bytes.substr(0, n));
    bytes.remove_prefix(n);
  }
  return {};
}

void BodyWriter::encrypt_tail() {
  if (key_.empty() || tail_is_encrypted_) return;
  apply_keystream(key_, id_, uint64_t{pieces_} * kPieceBytes, tail_);
  tail_is_encrypted_ = true;
}

Result<void> BodyWriter::flush() {
  encrypt_tail();
  // The mark goes first: a process that is killed now leaves a mark without pieces, never pieces without a
  // mark.
  if (pieces_ == 0 && !store_.put_unreferenced(Family::objects, keys::unfinished(id_), ""))
    return AwsError(kStoreFault, "");
  if (!store_.put_unreferenced(Family::chunks, keys::piece(id_, pieces_), tail_)) return AwsError(kStoreFault, "");
  ++pieces_;
  tail_.clear();
  tail_is_encrypted_ = false;
  return {};
}

void BodyWriter::adopt(storage::Txn& txn) {
  encrypt_tail();
  if (!tail_.empty()) txn.put(Family::chunks, keys::piece(id_, pieces_), tail_);
  if (pieces_ > 0) txn.erase(Family::objects, keys::unfinished(id_));
}

void erase_body(storage::Txn& txn, uint64_t body, uint64_t size) {
  uint64_t pieces = pieces_of(size);
  constexpr uint64_t kOneByOneMax = 64;  // beyond it one range is cheaper than so many entries
  if (pieces > kOneByOneMax) {
    txn.erase_range(Family::chunks, keys::piece(body, 0), keys::piece(body, static_cast<uint32_t>(pieces)));
    return;
  }
  for (uint32_t i = 0; i < pieces; ++i) txn.erase(Family::chunks, keys::piece(body, i));
}

size_t remove_unfinished_bodies(storage::Store& store) {
  std::vector<uint64_t> bodies;
  std::string from(1, 'w');
  store.scan(Family::objects, from, storage::prefix_end(from), [&](std::string_view key, std::string_view) {
    key.remove_prefix(1);
    bodies.push_back(storage::take_u64(key).value_or(0));
    return true;
  });
  for (uint64_t body : bodies) {
    std::string first = keys::piece(body, 0);
    store.erase_unreferenced(Family::chunks, first, storage::prefix_end(first.substr(0, 8)));
    std::string mark = keys::unfinished(body);
    store.erase_unreferenced(Family::objects, mark, mark + '\0');
  }
  return bodies.size();
}

}  // namespace millrace::s3
