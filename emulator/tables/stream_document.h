#pragma once
// The stored forms of streams and their records.

#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/json.h"
#include "emulator/tables/stream_log.h"

namespace millrace::tables {

Json to_document(const Stream& stream);
std::optional<Stream> stream_from_document(const Json& document);
std::string stream_document_key(uint64_t stream_id);
std::string stream_documents_prefix();

/// `u64 stream id | u64 shard number`, and with the sequence behind it a record's key.
std::string shard_prefix(uint64_t stream_id, uint64_t shard_number);
std::string record_key(uint64_t stream_id, uint64_t shard_number, uint64_t sequence);

/// A record: format 01 | event name | view type | flags | u64 created ms | u32 size | 16 bytes event id |
/// keys | new image | old image, each u32 length and bytes. Flags: 1 has a new image, 2 an old one, 4 TTL
/// deleted it.
std::string encode_record(const StreamLog::StoredRecord& record);
/// Views into `key` and `value`; nullopt for damaged entries.
std::optional<StreamLog::StoredRecord> decode_record(std::string_view key, std::string_view value);

}  // namespace millrace::tables
