#include "emulator/services/dynamodb/items/transaction.h"

#include "emulator/services/dynamodb/errors.h"
#include "emulator/services/dynamodb/items/input.h"
#include "emulator/storage/keys.h"

namespace millrace::dynamodb {
namespace {

using storage::Family;

// Source: API reference, TransactWriteItems.
constexpr Millis kTokenLifeMs = 10 * 60 * 1000;
// Expired tokens are forgotten a few at a time, more than one for each that is added.
constexpr size_t kForgottenAtOnce = 8;

std::string tokens_by_time() { return storage::document_key({"dynamodb", "transaction-tokens-by-time"}); }

void forget_expired(storage::Txn& txn, Millis now) {
  std::string from = tokens_by_time(), to = from;
  storage::append_u64(to, static_cast<uint64_t>(now));
  std::vector<std::pair<std::string, std::string>> expired;
  txn.scan(Family::meta, from, to, [&](std::string_view key, std::string_view value) {
    expired.emplace_back(key, value);
    return expired.size() < kForgottenAtOnce;
  });
  for (const auto& [time_key, token_key] : expired) {
    txn.erase(Family::meta, time_key);
    txn.erase(Family::meta, token_key);
  }
}

/// A reason's code is not the exception's.
const char* reason_code(const AwsError& error) {
  if (error.is(errors::validation)) return "ValidationError";
  if (error.is(errors::duplicate_item)) return "DuplicateItem";
  if (error.is(errors::throughput_exceeded)) return "ProvisionedThroughputExceeded";
  if (error.is(errors::throttling)) return "ThrottlingError";
  return error.kind->code;
}

}  // namespace

void Cancellation::add(size_t action, const AwsError& error) {
  Reason& reason = reasons_[action];
  if (error.is(errors::conditional_check_failed)) {
    reason.code = "ConditionalCheckFailed";
    if (auto item = error.extra.find("Item"); item != error.extra.end()) reason.item = *item;
  } else {
    if (has_other_) return;
    has_other_ = true;
    reason.code = reason_code(error);
  }
  reason.message = error.message;
  ++count_;
}

AwsError Cancellation::error() const {
  std::string codes;
  Json reasons = Json::array();
  for (const Reason& reason : reasons_) {
    if (!codes.empty()) codes += ", ";
    codes += reason.code;
    Json entry = Json::object();
    entry["Code"] = reason.code;
    if (!reason.message.empty()) entry["Message"] = reason.message;
    if (!reason.item.is_null()) entry["Item"] = reason.item;
    reasons.push_back(std::move(entry));
  }
  Json extra = Json::object();
  extra["CancellationReasons"] = std::move(reasons);
  return {errors::transaction_canceled,
          "Transaction cancelled, please refer cancellation reasons for specific reasons [" + codes + "]", std::move(extra)};
}

AwsError multiple_operations() {
  return validation_error("Transaction request cannot include multiple operations on one item");
}

Result<bool> already_done(storage::Txn& txn, const ItemContext& db, const std::string& account, const std::string& region,
                          const std::string& token, const std::string& request_digest) {
  const Millis now = db.clock.now_ms();
  const std::string key = storage::document_key({"dynamodb", "transaction-tokens", account, region, token});
  if (auto stored = txn.get(Family::meta, key)) {
    std::string_view rest = *stored;
    auto expires = storage::take_u64(rest);
    if (expires && static_cast<Millis>(*expires) > now) {
      if (rest == request_digest) return true;
      // The words of the API reference; unverified as a message.
      return AwsError(errors::idempotent_mismatch,
                      "DynamoDB rejected the request because you retried a request with a different payload but with an "
                      "idempotent token that was already used.");
    }
  }
  forget_expired(txn, now);
  std::string value, time_key = tokens_by_time();
  storage::append_u64(value, static_cast<uint64_t>(now + kTokenLifeMs));
  storage::append_u64(time_key, static_cast<uint64_t>(now + kTokenLifeMs));
  time_key += key;
  txn.put(Family::meta, key, value + request_digest);
  txn.put(Family::meta, time_key, key);
  return false;
}

}  // namespace millrace::dynamodb
