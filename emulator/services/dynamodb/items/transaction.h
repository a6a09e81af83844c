#pragma once
// What transactions share: why one was cancelled, and the tokens that make repeating one harmless.

#include <optional>
#include <string>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/services/dynamodb/items/item_context.h"

namespace millrace::dynamodb {

/// The reasons of a TransactionCanceledException, one for each action in the request's order.
class Cancellation {
 public:
  explicit Cancellation(size_t actions) : reasons_(actions) {}

  /// The action failed. Every failed condition counts, but only the first error of another kind.
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

/// "Transaction request cannot include multiple operations on one item"
AwsError multiple_operations();

/// A ClientRequestToken is good for ten minutes. Inside the transaction's change: true if the same request with this
/// token has succeeded, so that nothing is to be done; IdempotentParameterMismatchException if another has.
/// Remembers the token otherwise.
Result<bool> already_done(storage::Txn& txn, const ItemContext& db, const std::string& account, const std::string& region,
                          const std::string& token, const std::string& request_digest);

}  // namespace millrace::dynamodb
