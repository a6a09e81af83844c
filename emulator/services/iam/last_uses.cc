#include "emulator/services/iam/last_uses.h"

#include "emulator/base/json.h"

namespace millrace::iam {
namespace {

constexpr Millis kWrittenEveryMs = 60'000;
constexpr size_t kNotedMax = 10'000;

std::string use_key(const std::string& who) {
  return storage::document_key({"iam-use", who});
}

}  // namespace

void LastUses::note(const std::string& who, const std::string& region, const std::string& service) {
  const Millis now = clock_.now_ms();
  Json document;
  {
    const std::lock_guard lock(mutex_);
    if (noted_.size() >= kNotedMax && !noted_.contains(who)) noted_.clear();
    Noted& noted = noted_[who];
    const bool due = noted.written == 0 || now >= noted.written + kWrittenEveryMs || now < noted.written;
    noted.use = {now, region, service};
    if (!due) return;
    noted.written = now;
    document = {{"Time", now}, {"Region", region}, {"Service", service}};
  }
  // Not awaited, and no change of the generation: nothing that was gathered depends on it.
  store_.submit(
      [key = use_key(who), document = std::move(document)](storage::Txn& txn) {
        storage::put_document(txn, key, document);
        return true;
      },
      [](storage::Outcome) {});
}

std::optional<LastUses::Use> LastUses::of(const std::string& who) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = noted_.find(who); found != noted_.end()) return found->second.use;
  }
  const auto stored = storage::get_document(store_, use_key(who));
  if (!stored) return std::nullopt;
  return Use{int_of(*stored, "Time"), text_of(*stored, "Region"), text_of(*stored, "Service")};
}

void LastUses::forget(storage::Txn& txn, const std::string& who) {
  txn.erase(storage::Family::meta, use_key(who));
}

}  // namespace millrace::iam
