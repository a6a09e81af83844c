#include "emulator/services/dynamodb/items/ongoing_transactions.h"

#include <unordered_set>

#include "emulator/base/mutex.h"
#include "emulator/services/dynamodb/errors.h"

namespace millrace::dynamodb {
namespace {

/// Finds a string_view among strings.
struct Hash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
using Strings = std::unordered_set<std::string, Hash, std::equal_to<>>;

}  // namespace

struct OngoingTransactions::State {
  std::atomic<size_t> held{0};  // keys.size(), for those who only look
  Mutex mutex;
  Strings keys GUARDED_BY(mutex), tokens GUARDED_BY(mutex);
};

OngoingTransactions::OngoingTransactions() : state_(std::make_shared<State>()) {}

OngoingTransactions::Taking OngoingTransactions::take(std::vector<std::string> keys, std::string token) {
  Taking taking;
  MutexLock lock(state_->mutex);
  taking.token_in_use = !token.empty() && state_->tokens.contains(token);
  if (taking.token_in_use) return taking;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (state_->keys.contains(keys[i])) taking.conflicts.push_back(i);
  }
  if (!taking.conflicts.empty()) return taking;
  taking.full = state_->keys.size() + keys.size() > kKeysMax;
  if (taking.full) return taking;
  for (const std::string& key : keys) state_->keys.insert(key);
  if (!token.empty()) state_->tokens.insert(token);
  state_->held.store(state_->keys.size(), std::memory_order_release);
  taking.hold.reset(new Hold(state_, std::move(keys), std::move(token)));
  return taking;
}

void OngoingTransactions::Hold::release() {
  auto state = std::move(state_);
  if (!state) return;
  MutexLock lock(state->mutex);
  for (const std::string& key : keys_) state->keys.erase(key);
  if (!token_.empty()) state->tokens.erase(token_);
  state->held.store(state->keys.size(), std::memory_order_release);
}

bool OngoingTransactions::holds(std::string_view key) const {
  if (state_->held.load(std::memory_order_acquire) == 0) return false;
  MutexLock lock(state_->mutex);
  return state_->keys.contains(key);
}

AwsError transaction_conflict() {
  return {errors::transaction_conflict, "Transaction is ongoing for the item"};
}

}  // namespace millrace::dynamodb
