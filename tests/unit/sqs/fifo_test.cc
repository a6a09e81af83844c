// FIFO queues against a model, and what receiving costs where much waits.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "emulator/services/sqs/groups.h"
#include "emulator/services/sqs/queues.h"

namespace millrace::sqs {
namespace {

class Fifo : public testing::Test {
 protected:
  Fifo() {
    std::string pattern = testing::TempDir() + "fifo-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    store_ = std::move(std::get<std::unique_ptr<storage::Store>>(storage::Store::open({folder_})));
    queue_.account = "111111111111";
    queue_.region = "us-east-1";
    queue_.name = "q.fifo";
    in([&](storage::Txn& txn) { put_queue(txn, queue_); });
  }
  ~Fifo() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  template <class Change>
  void in(Change&& change) {
    auto done = store_->transact([&](storage::Txn& txn) -> Result<void> {
      change(txn);
      return {};
    });
    ASSERT_FALSE(done.has_error());
  }
  void send_one(const std::string& group, const std::string& body) {
    in([&](storage::Txn& txn) { send(txn, queue_, message(group, body), now_); });
  }
  static NewMessage message(const std::string& group, const std::string& body) {
    NewMessage message;
    message.message_id = message.body = message.deduplication_id = body;
    message.system_attributes["MessageGroupId"] = group;
    return message;
  }
  std::vector<Received> receive_some(size_t limit, int64_t visibility_s = 30) {
    std::vector<Received> out;
    in([&](storage::Txn& txn) { out = receive(txn, queue_, limit, visibility_s, now_, random_); });
    return out;
  }

  std::string folder_;
  std::unique_ptr<storage::Store> store_;
  Queue queue_;
  SeededRandom random_{7};
  Millis now_ = 1'700'000'000'000;
};

struct Waiting {
  std::string group, body, handle;
  Millis visible_from = 0;
};

/// The rule as it is written in the developer guide: groups with a message in flight are left out, but for what was
/// received and is visible again; the group of the oldest message first, as many of it as there are.
std::vector<std::string> expected(const std::vector<Waiting>& all, size_t limit, Millis now) {
  std::vector<std::string> order, out;
  for (const Waiting& one : all) {
    if (std::find(order.begin(), order.end(), one.group) == order.end()) order.push_back(one.group);
  }
  for (const std::string& group : order) {
    bool in_flight = false;
    for (const Waiting& one : all) in_flight |= one.group == group && one.visible_from > now;
    for (const Waiting& one : all) {
      const bool again = !one.handle.empty() && one.visible_from <= now;
      if ((!in_flight || again) && one.group == group && out.size() < limit) out.push_back(one.body);
    }
  }
  return out;
}

TEST_F(Fifo, GivesWhatTheRuleSays) {
  std::vector<Waiting> all;  // in the order of their sending
  auto at = [&](const std::string& body) {
    return std::find_if(all.begin(), all.end(), [&](const Waiting& one) { return one.body == body; });
  };
  for (int step = 0; step < 3000; ++step) {
    now_ += static_cast<Millis>(random_.below(3000));
    switch (random_.below(6)) {
      case 0:
      case 1:
      case 2: {
        const std::string group(1, static_cast<char>('a' + random_.below(5))), body = std::to_string(step);
        if (all.size() > 60) break;
        send_one(group, body);
        all.push_back({group, body, "", now_});
        break;
      }
      case 3: {
        const size_t limit = 1 + random_.below(10);
        const auto wanted = expected(all, limit, now_);
        std::vector<std::string> got;
        for (const Received& one : receive_some(limit)) {
          got.push_back(text_of(one.message, "body"));
          at(got.back())->handle = one.receipt_handle;
          at(got.back())->visible_from = now_ + 30'000;
        }
        ASSERT_EQ(got, wanted) << "step " << step;
        break;
      }
      case 4:
        if (auto one = all.begin() + static_cast<ptrdiff_t>(random_.below(all.size() + 1));
            one != all.end() && !one->handle.empty()) {
          in([&](storage::Txn& txn) { EXPECT_EQ(remove(txn, queue_, one->handle), HandleState::done); });
          all.erase(one);
        }
        break;
      default:
        if (auto one = all.begin() + static_cast<ptrdiff_t>(random_.below(all.size() + 1));
            one != all.end() && !one->handle.empty()) {
          const auto seconds = static_cast<int64_t>(random_.below(20));
          in([&](storage::Txn& txn) {
            EXPECT_EQ(change_visibility(txn, queue_, one->handle, seconds, now_), HandleState::done);
          });
          one->visible_from = now_ + seconds * 1000;
        }
    }
  }
}

TEST_F(Fifo, KnowsTheGroupsOfAQueueOfAnEarlierVersion) {
  for (const char* body : {"a1", "b1", "a2"}) send_one(std::string(1, body[0]), body);
  EXPECT_EQ(receive_some(1).size(), 1u);
  in([&](storage::Txn& txn) {  // as it was before there were groups
    for (char kind : {'g', 'h', 'f'}) {
      const std::string all(1, kind);
      txn.erase_range(storage::Family::queues, all, std::string(1, static_cast<char>(kind + 1)));
    }
  });
  const auto next = receive_some(10);
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(text_of(next[0].message, "body"), "b1");
  now_ += 31'000;
  EXPECT_EQ(receive_some(10).size(), 3u);
}

// Of one that was at it in between, too: it neither adds to the groups nor takes from them.
TEST_F(Fifo, KnowsWhatAnEarlierVersionHasDoneInBetween) {
  for (const char* body : {"a1", "b1"}) send_one(std::string(1, body[0]), body);
  std::vector<std::pair<std::string, std::string>> groups;
  auto remember = [&] {
    groups.clear();
    for (char kind : {'g', 'h', 'f'}) {
      store_->scan(storage::Family::queues, std::string(1, kind), std::string(1, static_cast<char>(kind + 1)),
                   [&](std::string_view key, std::string_view value) {
                     groups.emplace_back(key, value);
                     return true;
                   });
    }
  };
  remember();
  auto put_back = [&] {  // what the earlier version left as it was
    in([&](storage::Txn& txn) {
      for (char kind : {'g', 'h', 'f'})
        txn.erase_range(storage::Family::queues, std::string(1, kind), std::string(1, static_cast<char>(kind + 1)));
      for (const auto& [key, value] : groups) txn.put(storage::Family::queues, key, value);
    });
  };
  send_one("b", "b2");
  put_back();  // b2 came from the earlier version
  auto all = receive_some(10);
  ASSERT_EQ(all.size(), 3u);
  remember();
  in([&](storage::Txn& txn) { EXPECT_EQ(remove(txn, queue_, all[0].receipt_handle), HandleState::done); });
  put_back();  // and removed a1
  now_ += 31'000;
  std::vector<std::string> bodies;
  for (int i = 0; i < 2; ++i) {
    for (const Received& one : receive_some(10)) bodies.push_back(text_of(one.message, "body"));
  }
  EXPECT_EQ(bodies, (std::vector<std::string>{"b1", "b2"}));
}

TEST_F(Fifo, StartsAnewAfterAPurge) {
  for (const char* body : {"a1", "b1"}) send_one("g", body);
  in([&](storage::Txn& txn) { erase_messages(txn, queue_); });
  EXPECT_TRUE(receive_some(10).empty());
  send_one("g", "c1");
  EXPECT_EQ(receive_some(10).size(), 1u);
}

/// The bound is fifty times what it takes: it tells whether receiving reads what it can't give.
TEST_F(Fifo, ReceivingCostsNothingForWhatWaitsBehindAMessageInFlight) {
  in([&](storage::Txn& txn) {
    for (int i = 0; i < 5'000; ++i) send(txn, queue_, message("blocked", std::to_string(i)), now_);
  });
  EXPECT_EQ(receive_some(1, 43'200).size(), 1u);
  const auto since = std::chrono::steady_clock::now();
  for (int i = 0; i < 200; ++i) {
    send_one("free" + std::to_string(i), "free" + std::to_string(i));
    ASSERT_EQ(receive_some(10, 43'200).size(), 1u);
  }
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count(), 5);
}

}  // namespace
}  // namespace millrace::sqs
