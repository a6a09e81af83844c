#pragma once
// What transactions share: why one was cancelled, and the tokens that make repeating one harmless.

#include <simdjson.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/services/dynamodb/items/input.h"
#include "emulator/services/dynamodb/items/item_context.h"
#include "emulator/services/dynamodb/items/ongoing_transactions.h"

namespace millrace::dynamodb {

/// The reasons of a TransactionCanceledException, one for each action in the request's order.
class Cancellation {
 public:
  explicit Cancellation(size_t actions) : reasons_(actions) {}

  /// The action failed. Every failed condition and every conflict counts, but only the first error of another kind.
  void add(size_t action, const AwsError& error);
  bool empty() const { return count_ == 0; }
  AwsError error() const;

 private:
  struct Reason {
    std::string code = "None";
    std::string message;
    Json item;
  };
  std::vector<Reason> reasons_;
  size_t count_ = 0;
  bool has_other_ = false;
};

/// Of all items together. Source: API reference, TransactWriteItems and TransactGetItems.
inline constexpr size_t kTransactionBytesMax = 4u << 20;
AwsError transaction_too_large();

/// Whether what the schema says against one action is the whole request's error: an empty key value is, an index's too. Everything else is
/// a reason for a cancellation. Observed by others on AWS in 2026.
bool refuses_all(const AwsError& error);

/// A parser's result or its error, which in transactions doesn't say how large an expression is.
template <class T>
Result<T> checked_in_transaction(Parsed<T> parsed) {
  if (!parsed.has_error()) return std::move(parsed).value();
  std::string text = std::move(parsed).error().message;
  if (size_t at = text.find(" expression size: "); at != std::string::npos) text.resize(at);
  return validation_error(std::move(text));
}

/// "Transaction request cannot include multiple operations on one item"
AwsError multiple_operations();

/// What tells one request from another: the same for the same actions, in whatever order the members of objects and of
/// sets come (clients that keep them in hash tables send them in another order each time).
std::string digest_of(simdjson::dom::element actions);

/// A transaction's ClientRequestToken; good for ten minutes.
struct RequestToken {
  std::string account, region;
  std::string token;   // empty: none
  std::string digest;  // of what the request asks for
};

/// Inside the transaction's change: true if the same request with this token has succeeded, so that nothing is to be
/// done; IdempotentParameterMismatchException if another has. Remembers the token otherwise.
Result<bool> already_done(storage::Txn& txn, const ItemContext& db, const RequestToken& request);

/// Accepts a transaction that writes these items: what it holds until it is answered, or why it can't go on beside the
/// transactions in flight. A request that has been done before needs nothing: nullptr.
Result<std::shared_ptr<OngoingTransactions::Hold>> accept(const ItemContext& db, std::vector<std::string> keys,
                                                          const RequestToken& request);

/// Whether there is capacity for reading an item of each of these tables (--throttle).
Result<void> admit_reads(const ItemContext& db, const std::vector<const tables::Table*>& tables);

/// A transaction that reads these items conflicts with those that are writing them.
Result<void> check_conflicts(const ItemContext& db, const std::vector<std::string>& keys);

}  // namespace millrace::dynamodb
