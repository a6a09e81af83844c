#include "emulator/tables/stream_document.h"

#include "emulator/storage/keys.h"

namespace millrace::tables {

namespace {

constexpr int kVersion = 1;
constexpr char kRecordFormat = 1;
constexpr size_t kEventIdBytes = 16;
enum Flags : uint8_t { has_new = 1, has_old = 2, by_ttl = 4 };

Json key_document(const std::vector<KeyAttribute>& attributes) {
  Json out = Json::array();
  for (const KeyAttribute& attribute : attributes) out.push_back({attribute.name, static_cast<int>(attribute.type)});
  return out;
}

std::vector<KeyAttribute> key_from(const Json& document) {
  std::vector<KeyAttribute> out;
  for (const Json& pair : document)
    out.push_back({pair.at(0).get<std::string>(), static_cast<AttributeType>(pair.at(1).get<int>())});
  return out;
}

Json shard_document(const Shard& shard) {
  return {{"number", shard.number},
          {"id", shard.id},
          {"parent_id", shard.parent_id},
          {"first", shard.first},
          {"last", shard.last ? Json(*shard.last) : Json(nullptr)},
          {"trimmed_through", shard.trimmed_through},
          {"hashes", {shard.hashes.first, shard.hashes.last}},
          {"opened_ms", shard.opened_ms},
          {"closed_ms", shard.closed_ms}};
}

Shard shard_from(const Json& document) {
  Shard shard;
  shard.number = document.at("number").get<uint64_t>();
  shard.id = document.at("id").get<std::string>();
  shard.parent_id = document.at("parent_id").get<std::string>();
  shard.first = document.at("first").get<uint64_t>();
  if (!document.at("last").is_null()) shard.last = document.at("last").get<uint64_t>();
  shard.trimmed_through = document.at("trimmed_through").get<uint64_t>();
  shard.hashes = {document.at("hashes").at(0).get<uint32_t>(), document.at("hashes").at(1).get<uint32_t>()};
  shard.opened_ms = document.at("opened_ms").get<int64_t>();
  shard.closed_ms = document.at("closed_ms").get<int64_t>();
  return shard;
}

Stream read_stream(const Json& document) {
  Stream stream;
  stream.id = document.at("id").get<uint64_t>();
  stream.table_id = document.at("table_id").get<uint64_t>();
  stream.account = document.at("account").get<std::string>();
  stream.region = document.at("region").get<std::string>();
  stream.table_name = document.at("table_name").get<std::string>();
  stream.arn = document.at("arn").get<std::string>();
  stream.label = document.at("label").get<std::string>();
  stream.key = {key_from(document.at("partition")), key_from(document.at("sort"))};
  stream.view_type = static_cast<ViewType>(document.at("view_type").get<int>());
  stream.status = static_cast<StreamStatus>(document.at("status").get<int>());
  stream.created_ms = document.at("created_ms").get<int64_t>();
  stream.disabled_ms = document.at("disabled_ms").get<int64_t>();
  for (const Json& shard : document.at("shards")) stream.shards.push_back(shard_from(shard));
  return stream;
}

void append_sized(std::string& out, std::string_view bytes) {
  storage::append_u32(out, static_cast<uint32_t>(bytes.size()));
  out.append(bytes);
}

std::optional<std::string_view> take_sized(std::string_view& from) {
  auto size = storage::take_u32(from);
  if (!size || from.size() < *size) return std::nullopt;
  std::string_view bytes = from.substr(0, *size);
  from.remove_prefix(*size);
  return bytes;
}

}  // namespace

Json to_document(const Stream& stream) {
  Json shards = Json::array();
  for (const Shard& shard : stream.shards) shards.push_back(shard_document(shard));
  return {{"version", kVersion},
          {"id", stream.id},
          {"table_id", stream.table_id},
          {"account", stream.account},
          {"region", stream.region},
          {"table_name", stream.table_name},
          {"arn", stream.arn},
          {"label", stream.label},
          {"partition", key_document(stream.key.partition)},
          {"sort", key_document(stream.key.sort)},
          {"view_type", static_cast<int>(stream.view_type)},
          {"status", static_cast<int>(stream.status)},
          {"created_ms", stream.created_ms},
          {"disabled_ms", stream.disabled_ms},
          {"shards", std::move(shards)}};
}

std::optional<Stream> stream_from_document(const Json& document) {
  if (int_of(document, "version") != kVersion) return std::nullopt;
  try {
    return read_stream(document);
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::string stream_documents_prefix() {
  return storage::document_key({"dynamodb", "stream"});
}

std::string stream_document_key(uint64_t stream_id) {
  std::string key = stream_documents_prefix();
  storage::append_u64(key, stream_id);
  return key;
}

std::string shard_prefix(uint64_t stream_id, uint64_t shard_number) {
  std::string key;
  storage::append_u64(key, stream_id);
  storage::append_u64(key, shard_number);
  return key;
}

std::string record_key(uint64_t stream_id, uint64_t shard_number, uint64_t sequence) {
  std::string key = shard_prefix(stream_id, shard_number);
  storage::append_u64(key, sequence);
  return key;
}

std::string encode_record(const StreamLog::StoredRecord& record) {
  std::string out;
  out.reserve(48 + record.keys.size() + (record.new_image ? record.new_image->size() : 0) +
              (record.old_image ? record.old_image->size() : 0));
  uint8_t flags = (record.new_image ? has_new : 0) | (record.old_image ? has_old : 0) | (record.by_ttl ? by_ttl : 0);
  out.push_back(kRecordFormat);
  out.push_back(static_cast<char>(record.event_name));
  out.push_back(static_cast<char>(record.view_type));
  out.push_back(static_cast<char>(flags));
  storage::append_u64(out, static_cast<uint64_t>(record.created_ms));
  storage::append_u32(out, record.size_bytes);
  out.append(record.event_id);
  append_sized(out, record.keys);
  append_sized(out, record.new_image.value_or(""));
  append_sized(out, record.old_image.value_or(""));
  return out;
}

std::optional<StreamLog::StoredRecord> decode_record(std::string_view key, std::string_view value) {
  StreamLog::StoredRecord record;
  record.stored_bytes = value.size();
  if (key.size() != 24 || value.size() < 4 || value[0] != kRecordFormat) return std::nullopt;
  key.remove_prefix(16);
  record.sequence = *storage::take_u64(key);
  record.event_name = static_cast<ports::EventName>(value[1]);
  record.view_type = static_cast<ViewType>(value[2]);
  uint8_t flags = static_cast<uint8_t>(value[3]);
  value.remove_prefix(4);
  auto created = storage::take_u64(value);
  auto size = storage::take_u32(value);
  if (!created || !size || value.size() < kEventIdBytes) return std::nullopt;
  record.created_ms = static_cast<Millis>(*created);
  record.size_bytes = *size;
  record.event_id = value.substr(0, kEventIdBytes);
  value.remove_prefix(kEventIdBytes);
  auto keys = take_sized(value);
  auto new_image = take_sized(value);
  auto old_image = take_sized(value);
  if (!keys || !new_image || !old_image) return std::nullopt;
  record.keys = *keys;
  if (flags & has_new) record.new_image = *new_image;
  if (flags & has_old) record.old_image = *old_image;
  record.by_ttl = flags & by_ttl;
  return record;
}

}  // namespace millrace::tables
