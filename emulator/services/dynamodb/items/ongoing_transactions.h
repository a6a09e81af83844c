#pragma once
// The items of the TransactWriteItems requests in flight. A transaction holds its items from its acceptance
// until its commit is acknowledged; whoever else wants to write one of them, or to read it in a transaction,
// is refused. Source: developer guide, "Transaction conflict handling in DynamoDB".

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"

namespace millrace::dynamodb {

class OngoingTransactions {
  struct State;

 public:
  OngoingTransactions();

  /// What one transaction holds. Given back by release(), at the latest when it is destroyed.
  class Hold {
   public:
    Hold(const Hold&) = delete;
    ~Hold() { release(); }
    void release();

   private:
    friend class OngoingTransactions;
    Hold(std::shared_ptr<State> state, std::vector<std::string> keys, std::string token)
        : state_(std::move(state)), keys_(std::move(keys)), token_(std::move(token)) {}

    std::shared_ptr<State> state_;  // nullptr once released
    std::vector<std::string> keys_;
    std::string token_;
  };

  /// What came of taking a transaction's items: all are held, or none is.
  struct Taking {
    std::shared_ptr<Hold> hold;     // nullptr: for one of these reasons
    bool token_in_use = false;      // a request with the same token is in flight
    bool full = false;              // kKeysMax
    std::vector<size_t> conflicts;  // positions of keys that others hold
  };
  /// `keys` are of Family::items; `token` tells the request from all others, empty for none.
  Taking take(std::vector<std::string> keys, std::string token);

  /// Whether a transaction holds the item. While none is in flight that costs the load of one number.
  bool holds(std::string_view key) const;

  /// Items held at once: a thousand of the largest transactions. A transaction beyond that is throttled.
  static constexpr size_t kKeysMax = 100'000;

 private:
  std::shared_ptr<State> state_;  // shared with the holds, which may outlive the service
};

/// "Transaction is ongoing for the item"
AwsError transaction_conflict();

}  // namespace millrace::dynamodb
