#include "emulator/services/streams/shard_iterator.h"

#include "emulator/base/encoding.h"
#include "emulator/storage/keys.h"

namespace millrace::streams {

namespace {
constexpr std::string_view kSeparator = "|1|";
constexpr size_t kCheckBytes = 4;
}  // namespace

std::string write_iterator(const ShardIterator& iterator) {
  std::string bytes;
  storage::append_u64(bytes, iterator.shard_number);
  storage::append_u64(bytes, iterator.after);
  storage::append_u64(bytes, static_cast<uint64_t>(iterator.issued_ms));
  storage::append_u32(bytes, crc32(iterator.stream_arn + bytes));  // tells a mutilated one
  return iterator.stream_arn + std::string(kSeparator) + to_base64(bytes);
}

std::optional<ShardIterator> read_iterator(std::string_view text) {
  size_t at = text.rfind(kSeparator);
  if (at == std::string_view::npos) return std::nullopt;
  ShardIterator iterator;
  iterator.stream_arn = std::string(text.substr(0, at));
  auto bytes = from_base64(text.substr(at + kSeparator.size()));
  if (!bytes || bytes->size() != 24 + kCheckBytes) return std::nullopt;
  std::string_view rest = *bytes;
  iterator.shard_number = *storage::take_u64(rest);
  iterator.after = *storage::take_u64(rest);
  iterator.issued_ms = static_cast<Millis>(*storage::take_u64(rest));
  if (*storage::take_u32(rest) != crc32(iterator.stream_arn + bytes->substr(0, 24))) return std::nullopt;
  return iterator;
}

}  // namespace millrace::streams
