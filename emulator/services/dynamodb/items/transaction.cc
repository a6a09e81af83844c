#include "emulator/services/dynamodb/items/transaction.h"

#include <algorithm>
#include <map>

#include "emulator/base/encoding.h"
#include "emulator/base/json.h"
#include "emulator/services/dynamodb/errors.h"
#include "emulator/services/dynamodb/items/input.h"
#include "emulator/services/dynamodb/items/throttle.h"
#include "emulator/storage/keys.h"

namespace millrace::dynamodb {
namespace {

using storage::Family;

// Source: API reference, TransactWriteItems.
constexpr Millis kTokenLifeMs = 10 * 60 * 1000;
// Expired tokens are forgotten a few at a time, more than one for each that is added.
constexpr size_t kForgottenAtOnce = 8;

std::string tokens_by_time() {
  return storage::document_key({"dynamodb", "transaction-tokens-by-time"});
}

/// Members in order of their names, without those that are null; sets in order of their texts.
void append_canonical(std::string& out, simdjson::dom::element element, bool is_set = false) {
  simdjson::dom::object members;
  simdjson::dom::array elements;
  if (!element.get_object().get(members)) {
    std::map<std::string_view, simdjson::dom::element> sorted;
    for (auto [name, value] : members) sorted.insert_or_assign(name, value);
    out.push_back('{');
    for (const auto& [name, value] : sorted) {
      if (value.is_null()) continue;
      append_json_string(out, name);
      out.push_back(':');
      append_canonical(out, value, name == "SS" || name == "NS" || name == "BS");
    }
    out.push_back('}');
  } else if (!element.get_array().get(elements)) {
    std::vector<std::string> texts;
    for (simdjson::dom::element one : elements) append_canonical(texts.emplace_back(), one);
    if (is_set) std::sort(texts.begin(), texts.end());
    out.push_back('[');
    for (const std::string& text : texts) out.append(text).push_back(',');
    out.push_back(']');
  } else {
    out.append(std::string(simdjson::minify(element)));
  }
}

std::string token_key(const RequestToken& request) {
  return storage::document_key({"dynamodb", "transaction-tokens", request.account, request.region, request.token});
}

/// The digest of the request that succeeded with this token in the last ten minutes.
std::optional<std::string> remembered(const storage::Reader& reader, const ItemContext& db,
                                      const RequestToken& request) {
  auto stored = reader.get(Family::meta, token_key(request));
  if (!stored) return std::nullopt;
  std::string_view rest = *stored;
  auto expires = storage::take_u64(rest);
  if (!expires || static_cast<Millis>(*expires) <= db.clock.now_ms()) return std::nullopt;
  return std::string(rest);
}

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
  if (error.is(errors::transaction_conflict)) return "TransactionConflict";
  return error.kind->code;
}

}  // namespace

void Cancellation::add(size_t action, const AwsError& error) {
  Reason& reason = reasons_[action];
  if (error.is(errors::conditional_check_failed)) {
    reason.code = "ConditionalCheckFailed";
    if (auto item = error.extra.find("Item"); item != error.extra.end()) reason.item = *item;
  } else {
    const bool is_conflict = error.is(errors::transaction_conflict);
    if (has_other_ && !is_conflict) return;
    has_other_ |= !is_conflict;
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
          "Transaction cancelled, please refer cancellation reasons for specific reasons [" + codes + "]",
          std::move(extra)};
}

AwsError transaction_too_large() {
  return validation_error("Transaction request size cannot exceed 4 MB");  // unverified but for "size cannot exceed"
}

bool refuses_all(const AwsError& error) {
  return error.is(errors::validation) && error.message.starts_with("One or more parameter values are not valid. ");
}

AwsError multiple_operations() {
  return validation_error("Transaction request cannot include multiple operations on one item");
}

std::string digest_of(simdjson::dom::element actions) {
  std::string text;
  append_canonical(text, actions);
  return sha256(text);
}

Result<bool> already_done(storage::Txn& txn, const ItemContext& db, const RequestToken& request) {
  if (auto digest = remembered(txn, db, request)) {
    if (*digest == request.digest) return true;
    // The words of the API reference; unverified as a message.
    return AwsError(errors::idempotent_mismatch,
                    "DynamoDB rejected the request because you retried a request with a different payload but with an "
                    "idempotent token that was already used.");
  }
  const Millis now = db.clock.now_ms();
  forget_expired(txn, now);
  const std::string key = token_key(request);
  std::string value, time_key = tokens_by_time();
  storage::append_u64(value, static_cast<uint64_t>(now + kTokenLifeMs));
  storage::append_u64(time_key, static_cast<uint64_t>(now + kTokenLifeMs));
  time_key += key;
  txn.put(Family::meta, key, value + request.digest);
  txn.put(Family::meta, time_key, key);
  return false;
}

Result<std::shared_ptr<OngoingTransactions::Hold>> accept(const ItemContext& db, std::vector<std::string> keys,
                                                          const RequestToken& request) {
  const size_t count = keys.size();
  auto taking = db.ongoing.take(std::move(keys), request.token.empty() ? std::string() : token_key(request));
  if (taking.hold) return std::move(taking.hold);
  if (taking.token_in_use) {
    // The words of the API reference; unverified as a message.
    return AwsError(errors::transaction_in_progress,
                    "The transaction with the given request token is already in progress.");
  }
  // What has been done is answered as it was, whoever is at the items by now.
  const bool is_repeated = !request.token.empty() && remembered(db.store, db, request);
  if (is_repeated) return std::shared_ptr<OngoingTransactions::Hold>();
  Cancellation cancellation(count);
  if (taking.full) cancellation.add(0, {errors::throttling, "Too many transactions are in progress"});
  for (size_t position : taking.conflicts) cancellation.add(position, transaction_conflict());
  return cancellation.error();
}

Result<void> admit_reads(const ItemContext& db, const std::vector<const tables::Table*>& tables) {
  if (!db.throttle) return {};
  Cancellation cancellation(tables.size());
  for (size_t i = 0; i < tables.size(); ++i) {
    auto admitted = db.throttle->admit(*tables[i], nullptr, Direction::read);
    if (admitted.has_error()) cancellation.add(i, admitted.error());
  }
  if (!cancellation.empty()) return cancellation.error();
  return {};
}

Result<void> check_conflicts(const ItemContext& db, const std::vector<std::string>& keys) {
  Cancellation cancellation(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (db.ongoing.holds(keys[i])) cancellation.add(i, transaction_conflict());
  }
  if (!cancellation.empty()) return cancellation.error();
  return {};
}

}  // namespace millrace::dynamodb
