#include "emulator/services/iam/last_uses.h"

#include <vector>

#include "emulator/base/json.h"

namespace millrace::iam {
namespace {

constexpr Millis kWrittenEveryMs = 60'000;
constexpr size_t kNotedMax = 10'000;

std::string use_key(const std::string& who) {
  return storage::document_key({"iam-use", who});
}
std::string service_prefix(const std::string& unique_id) {
  return storage::document_key({"iam-service-use", unique_id});
}
std::string service_key(const std::string& unique_id, const std::string& service) {
  return storage::document_key({"iam-service-use", unique_id, service});
}

LastUses::Use use_of(const Json& stored) {
  return {int_of(stored, "Time"), text_of(stored, "Region"), text_of(stored, "Service")};
}

}  // namespace

void LastUses::note(const std::string& key, Use use) {
  const Json document = {{"Time", use.time}, {"Region", use.region}, {"Service", use.service}};
  {
    MutexLock lock(mutex_);
    if (noted_.size() >= kNotedMax && !noted_.contains(key)) noted_.clear();
    Noted& noted = noted_[key];
    const bool due = noted.written == 0 || use.time >= noted.written + kWrittenEveryMs || use.time < noted.written;
    if (due) noted.written = use.time;
    noted.use = std::move(use);
    if (!due) return;
  }
  // Not awaited, and no change of the generation: nothing that was gathered depends on it.
  store_.submit(
      [key, document](storage::Txn& txn) {
        storage::put_document(txn, key, document);
        return true;
      },
      [](storage::Outcome) {});
}

void LastUses::note(const std::string& who, const std::string& region, const std::string& service) {
  note(use_key(who), {clock_.now_ms(), region, service});
}

void LastUses::note_service(const std::string& unique_id, const std::string& region, const std::string& service) {
  note(service_key(unique_id, service), {clock_.now_ms(), region, service});
}

std::optional<LastUses::Use> LastUses::of(const std::string& who) const {
  const std::string key = use_key(who);
  {
    MutexLock lock(mutex_);
    if (const auto found = noted_.find(key); found != noted_.end()) return found->second.use;
  }
  const auto stored = storage::get_document(store_, key);
  return stored ? std::optional(use_of(*stored)) : std::nullopt;
}

std::map<std::string, LastUses::Use> LastUses::services_of(const std::string& unique_id) const {
  std::map<std::string, Use> uses;
  const std::string prefix = service_prefix(unique_id);
  storage::each_document(store_, prefix, {}, [&](std::string_view, const Json& stored) {
    uses[text_of(stored, "Service")] = use_of(stored);
    return true;
  });
  MutexLock lock(mutex_);
  for (const auto& [key, noted] : noted_) {
    if (key.starts_with(prefix)) uses[noted.use.service] = noted.use;
  }
  return uses;
}

void LastUses::forget(storage::Txn& txn, const std::string& who) {
  txn.erase(storage::Family::meta, use_key(who));
  std::vector<std::string> services;
  storage::each_document(txn, service_prefix(who), {}, [&](std::string_view, const Json& stored) {
    services.push_back(text_of(stored, "Service"));
    return true;
  });
  for (const std::string& service : services) txn.erase(storage::Family::meta, service_key(who, service));
}

}  // namespace millrace::iam
