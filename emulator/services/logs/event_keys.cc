#include "emulator/services/logs/event_keys.h"

#include <fmt/format.h>

#include "emulator/base/aes.h"
#include "emulator/base/encoding.h"
#include "emulator/storage/documents.h"

namespace millrace::logs {

namespace {

constexpr char kSealed = '\xff';  // begins no UTF-8
constexpr size_t kHeadBytes = 9;
constexpr size_t kAddedBytes = kHeadBytes + 12 + 16;  // with IV and tag

std::string data_key_key(uint64_t number) {
  return storage::document_key({"logs", "data-key", data_key_name(number)});
}

bool is_sealed(std::string_view stored) {
  return stored.size() >= kAddedBytes && stored.front() == kSealed;
}

ports::EncryptionContext context_of(const std::string& group_arn) {
  return {{"aws:logs:arn", group_arn}};
}

}  // namespace

std::string data_key_name(uint64_t number) {
  return fmt::format("{:020d}", number);
}

std::string EventKeys::key(const storage::Reader& reader, uint64_t number) {
  {
    MutexLock lock(mutex_);
    if (auto known = opened_.find(number); known != opened_.end()) return known->second;
  }
  ports::Encryption* encryption = encryption_;
  const auto document = storage::get_document(reader, data_key_key(number));
  const auto wrapped = document ? from_base64(text_of(*document, "wrapped")) : std::nullopt;
  if (!encryption || !wrapped) return "";
  auto opened = encryption->decrypt(text_of(*document, "region"), *wrapped, context_of(text_of(*document, "arn")));
  if (opened.has_error()) return "";
  MutexLock lock(mutex_);
  if (opened_.size() >= kRememberedMax) opened_.clear();
  return opened_[number] = std::move(opened->plaintext);
}

bool EventKeys::open(Event& event) {
  if (!is_sealed(event.message)) return true;
  std::string_view stored = event.message;
  const std::string_view head = stored.substr(0, kHeadBytes);
  stored.remove_prefix(1);
  const uint64_t number = storage::take_u64(stored).value_or(0);
  auto opened = unseal(key(store_, number), stored, head);
  if (!opened) return false;
  event.message = std::move(*opened);
  return true;
}

VisitEvent EventKeys::opening(VisitEvent visit) {
  return [this, visit = std::move(visit)](const Event& stored) {
    if (!is_sealed(stored.message)) return visit(stored);
    Event event = stored;
    return !open(event) || visit(event);
  };
}

Result<std::string> wrap_data_key(ports::Encryption& keys, const std::string& key_arn, const std::string& group_arn) {
  TRY(std::string wrapped, keys.encrypt(key_arn, secret_bytes(kAesKeyBytes), context_of(group_arn)));
  return to_base64(wrapped);
}

void put_data_key(storage::Txn& txn, const Place& place, const std::string& group_arn, const std::string& wrapped,
                  LogGroup& group) {
  const uint64_t number = next_number(txn, "data-key", 1);
  storage::put_document(txn, data_key_key(number),
                        {{"arn", group_arn}, {"region", place.region}, {"wrapped", wrapped}});
  group.data_key = number;
  group.data_keys.push_back(number);
}

void erase_data_keys(storage::Txn& txn, const LogGroup& group) {
  for (uint64_t number : group.data_keys) txn.erase(storage::Family::meta, data_key_key(number));
}

std::string sealed_message(uint64_t number, const std::string& key, std::string_view message) {
  std::string head(1, kSealed);
  storage::append_u64(head, number);
  return head + seal(key, message, head);
}

int64_t message_bytes(std::string_view stored) {
  return static_cast<int64_t>(is_sealed(stored) ? stored.size() - kAddedBytes : stored.size());
}

}  // namespace millrace::logs
