// Transactions in flight: what is refused beside them, and that nothing stays locked. The writer thread is
// stopped, so that a transaction is accepted but not committed for as long as a test wants.

#include "emulator/services/dynamodb/items/ongoing_transactions.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <future>
#include <thread>

#include "emulator/services/dynamodb/service.h"

namespace millrace::dynamodb {
namespace {

using Taking = OngoingTransactions::Taking;

TEST(OngoingTransactions, HoldsAllItemsOrNone) {
  OngoingTransactions ongoing;
  Taking first = ongoing.take({"a", "b"}, "");
  ASSERT_TRUE(first.hold);
  EXPECT_TRUE(ongoing.holds("a"));
  EXPECT_FALSE(ongoing.holds("c"));
  Taking second = ongoing.take({"c", "b", "d"}, "");
  EXPECT_FALSE(second.hold);
  EXPECT_EQ(second.conflicts, std::vector<size_t>{1});
  EXPECT_FALSE(ongoing.holds("c"));
  first.hold->release();
  EXPECT_FALSE(ongoing.holds("a"));
  EXPECT_TRUE(ongoing.take({"c", "b", "d"}, "").hold);
  EXPECT_FALSE(ongoing.holds("c")) << "given back when it is destroyed";
}

TEST(OngoingTransactions, ATokenIsInUseWhileItsRequestIs) {
  OngoingTransactions ongoing;
  Taking first = ongoing.take({"a"}, "t");
  EXPECT_TRUE(ongoing.take({"b"}, "t").token_in_use);
  EXPECT_TRUE(ongoing.take({"b"}, "u").hold);
  first.hold.reset();
  EXPECT_TRUE(ongoing.take({"b"}, "t").hold);
}

TEST(OngoingTransactions, AreBounded) {
  OngoingTransactions ongoing;
  std::vector<std::string> keys;
  for (size_t i = 0; i < OngoingTransactions::kKeysMax; ++i) keys.push_back(std::to_string(i));
  Taking all = ongoing.take(keys, "");
  ASSERT_TRUE(all.hold);
  EXPECT_TRUE(ongoing.take({"more"}, "").full);
}

TEST(OngoingTransactions, OutliveWhatTheyCameFrom) {
  std::shared_ptr<OngoingTransactions::Hold> hold;
  {
    OngoingTransactions ongoing;
    hold = ongoing.take({"a"}, "").hold;
  }
  hold->release();
}

TEST(OngoingTransactions, ExcludeEachOtherOnManyThreads) {
  OngoingTransactions ongoing;
  int balance[4] = {};  // each guarded by holding its key
  std::atomic<int> done{0};
  auto work = [&](int seed) {
    for (int turn = 0; turn < 5000; ++turn) {
      const int from = (seed + turn) % 4, to = (seed + turn * 3 + 1) % 4;
      if (from == to) continue;
      auto taking = ongoing.take({std::to_string(from), std::to_string(to)}, "");
      if (!taking.hold) continue;
      --balance[from];
      ++balance[to];
      ++done;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
  EXPECT_GT(done, 0);
  EXPECT_EQ(balance[0] + balance[1] + balance[2] + balance[3], 0);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(ongoing.holds(std::to_string(i)));
}

struct Answer {
  std::string code;  // empty: success
  Json body;
};

/// DynamoDB over a store in a temporary folder, with one table "items" whose partition key is the string pk.
class TransactionConflicts : public testing::Test {
 protected:
  TransactionConflicts() {
    std::string pattern = (std::filesystem::temp_directory_path() / "conflicts-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    store_ = std::move(std::get<std::unique_ptr<storage::Store>>(storage::Store::open({folder_ + "/store"})));
    tables_ = std::make_unique<tables::Tables>(*store_, clock_, random_);
    service_ =
        make_service({*store_, clock_, clock_, random_, "http://localhost", folder_}, *tables_, nullptr, nullptr);
    tables::Table table;
    table.account = "000000000000";
    table.region = "us-east-1";
    table.name = "items";
    table.arn = "arn:aws:dynamodb:us-east-1:000000000000:table/items";
    table.attributes = {{"pk", AttributeType::S}};
    table.key = {{{"pk", AttributeType::S}}, {}};
    table.billing = tables::BillingMode::pay_per_request;
    Result<void> made = store_->transact([&](storage::Txn& txn) -> Result<void> {
      table.id = tables_->catalog.next_id(txn);
      tables_->catalog.put(txn, table);
      return {};
    });
    EXPECT_FALSE(made.has_error());
  }
  ~TransactionConflicts() override {
    go_on();
    Result<void> idle = store_->transact([](storage::Txn&) -> Result<void> { return {}; });  // nothing runs any more
    EXPECT_FALSE(idle.has_error());
    service_.reset();
    tables_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  /// Stops the writer thread until go_on().
  void stop_writing() {
    std::promise<void> stopped;
    store_->submit(
        [&stopped, gate = gate_.get_future().share()](storage::Txn&) {
          stopped.set_value();
          gate.wait();
          return false;
        },
        [](storage::Outcome) {});
    stopped.get_future().wait();
    is_stopped_ = true;
  }
  void go_on() {
    if (is_stopped_) gate_.set_value();
    is_stopped_ = false;
  }

  std::future<Answer> send(const std::string& operation, const std::string& body) {
    auto call = std::make_shared<protocol::Call>();
    call->http.method = "POST";
    call->http.headers.set("X-Amz-Target", "DynamoDB_20120810." + operation);
    call->http.body = body;
    auto promise = std::make_shared<std::promise<Answer>>();
    auto future = promise->get_future();
    auto decoded = service_->decode(*call);
    if (decoded.has_error()) {
      promise->set_value({decoded.error().kind->code, {}});
      return future;
    }
    auto respond = [promise, call](Result<protocol::HttpReply> reply) {
      if (reply.has_error()) {
        Json body = reply.error().extra;
        body["message"] = reply.error().message;
        promise->set_value({reply.error().kind->code, body});
      } else {
        promise->set_value({"", Json::parse(reply->body)});
      }
    };
    if (auto* later = std::get_if<protocol::AsyncHandler>(&call->operation->handle)) {
      (*later)(call, respond);
    } else {
      respond(std::get<protocol::ReplyHandler>(call->operation->handle)(*call));
    }
    return future;
  }
  /// For what is answered while the writer is stopped, or doesn't care.
  Answer ask(const std::string& operation, const std::string& body) {
    auto future = send(operation, body);
    if (future.wait_for(std::chrono::seconds(30)) != std::future_status::ready) return {"it waits", {}};
    return future.get();
  }

  std::string folder_;
  ManualClock clock_;
  SeededRandom random_{1};
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<tables::Tables> tables_;
  std::shared_ptr<protocol::Service> service_;
  std::promise<void> gate_;
  bool is_stopped_ = false;
};

std::string put(const std::string& key) {
  return R"({"Put":{"TableName":"items","Item":{"pk":{"S":")" + key + R"("}}}})";
}
std::string transaction(const std::vector<std::string>& keys, const std::string& token = "") {
  std::string out = R"({"TransactItems":[)";
  for (const auto& key : keys) out += (out.back() == '[' ? "" : ",") + put(key);
  return out + "]" + (token.empty() ? "" : R"(,"ClientRequestToken":")" + token + "\"") + "}";
}
std::string item(const std::string& key) {
  return R"({"TableName":"items","Item":{"pk":{"S":")" + key + R"("}}})";
}
std::string key(const std::string& key) {
  return R"({"TableName":"items","Key":{"pk":{"S":")" + key + R"("}}})";
}
std::string gets(const std::string& one, const std::string& two) {
  return R"({"TransactItems":[{"Get":)" + key(one) + R"(},{"Get":)" + key(two) + "}]}";
}

constexpr char kOngoing[] = "Transaction is ongoing for the item";

TEST_F(TransactionConflicts, WritesOfAnItemInATransactionAreRefusedUntilItIsAnswered) {
  stop_writing();
  auto first = send("TransactWriteItems", transaction({"a", "b"}));
  for (const auto& [operation, body] :
       {std::pair("PutItem", item("a")), std::pair("UpdateItem", key("b")), std::pair("DeleteItem", key("a"))}) {
    Answer refused = ask(operation, body);
    EXPECT_EQ(refused.code, "TransactionConflictException") << operation;
    EXPECT_EQ(refused.body["message"], kOngoing);
  }
  Answer statement = ask("ExecuteStatement", R"({"Statement":"UPDATE items SET x = 1 WHERE pk = 'a'"})");
  EXPECT_EQ(statement.code, "TransactionConflictException");
  EXPECT_EQ(ask("GetItem", key("a")).body, Json::object()) << "plain reads see what is committed";
  auto beside = send("PutItem", item("c"));
  go_on();
  EXPECT_EQ(first.get().code, "");
  EXPECT_EQ(beside.get().code, "");
  EXPECT_EQ(ask("PutItem", item("a")).code, "");
}

TEST_F(TransactionConflicts, TransactionsOnTheSameItemAreCancelledWithAReasonForEach) {
  stop_writing();
  auto first = send("TransactWriteItems", transaction({"a", "b"}));
  Answer second = ask("TransactWriteItems", transaction({"c", "b", "a"}));
  EXPECT_EQ(second.code, "TransactionCanceledException");
  EXPECT_EQ(second.body["message"],
            "Transaction cancelled, please refer cancellation reasons for specific reasons [None, "
            "TransactionConflict, "
            "TransactionConflict]");
  const Json conflict{{"Code", "TransactionConflict"}, {"Message", kOngoing}};
  EXPECT_EQ(second.body["CancellationReasons"], Json::array({{{"Code", "None"}}, conflict, conflict}));
  Answer read = ask("TransactGetItems", gets("c", "a"));
  EXPECT_EQ(read.code, "TransactionCanceledException");
  EXPECT_EQ(read.body["CancellationReasons"], Json::array({{{"Code", "None"}}, conflict}));
  Answer statements =
      ask("ExecuteTransaction", R"({"TransactStatements":[{"Statement":"DELETE FROM items WHERE pk = 'a'"}]})");
  EXPECT_EQ(statements.body["CancellationReasons"], Json::array({conflict}));
  go_on();
  EXPECT_EQ(first.get().code, "");
  EXPECT_EQ(ask("TransactGetItems", gets("c", "a")).body["Responses"],
            Json::parse(R"([{},{"Item":{"pk":{"S":"a"}}}])"));
  EXPECT_EQ(ask("TransactWriteItems", transaction({"c", "b", "a"})).code, "");
}

TEST_F(TransactionConflicts, BatchesHandBackWhatATransactionHolds) {
  stop_writing();
  auto first = send("TransactWriteItems", transaction({"a"}));
  auto batch = send(
      "BatchWriteItem",
      R"({"RequestItems":{"items":[{"PutRequest":{"Item":{"pk":{"S":"a"},"v":{"N":"1"}}}},{"PutRequest":{"Item":{"pk":{"S":"b"}}}}]}})");
  auto statements =
      send("BatchExecuteStatement", R"({"Statements":[{"Statement":"DELETE FROM items WHERE pk = 'a'"}]})");
  go_on();
  first.wait();
  EXPECT_EQ(batch.get().body["UnprocessedItems"],
            Json::parse(R"({"items":[{"PutRequest":{"Item":{"pk":{"S":"a"},"v":{"N":"1"}}}}]})"));
  EXPECT_EQ(statements.get().body["Responses"][0]["Error"],
            (Json{{"Code", "TransactionConflict"}, {"Message", kOngoing}}));
  EXPECT_EQ(ask("GetItem", key("a")).body, Json::parse(R"({"Item":{"pk":{"S":"a"}}})"));
  EXPECT_EQ(ask("GetItem", key("b")).body, Json::parse(R"({"Item":{"pk":{"S":"b"}}})"));
}

TEST_F(TransactionConflicts, ARequestWithATokenInFlightIsInProgressAndAfterwardsDone) {
  stop_writing();
  auto first = send("TransactWriteItems", transaction({"a"}, "token"));
  EXPECT_EQ(ask("TransactWriteItems", transaction({"a"}, "token")).code, "TransactionInProgressException");
  go_on();
  EXPECT_EQ(first.get().code, "");
  EXPECT_EQ(ask("TransactWriteItems", transaction({"a"}, "token")).code, "") << "the same again has been done";
}

TEST_F(TransactionConflicts, ARepeatedRequestIsAnsweredWhoeverHoldsItsItems) {
  EXPECT_EQ(ask("TransactWriteItems", transaction({"a"}, "token")).code, "");
  stop_writing();
  auto other = send("TransactWriteItems", transaction({"a", "b"}));
  auto repeated = send("TransactWriteItems", transaction({"a"}, "token"));
  go_on();
  EXPECT_EQ(other.get().code, "");
  EXPECT_EQ(repeated.get().code, "");
}

TEST_F(TransactionConflicts, AFailedTransactionLeavesNothingLocked) {
  const std::string failing =
      R"j({"TransactItems":[{"Put":{"TableName":"items","Item":{"pk":{"S":"a"}},"ConditionExpression":"attribute_exists(pk)"}}]})j";
  EXPECT_EQ(ask("TransactWriteItems", failing).code, "TransactionCanceledException");
  EXPECT_EQ(ask("TransactWriteItems", transaction({"a", "a"})).code, "ValidationException");
  EXPECT_EQ(ask("PutItem", item("a")).code, "");
}

}  // namespace
}  // namespace millrace::dynamodb
