// The writer's role: whoever has it, changes run one after the other and each is answered once, after its commit.

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "emulator/base/turn.h"
#include "emulator/storage/store.h"

namespace millrace::storage {
namespace {

/// A thread that takes turns: it runs all tasks that are there, then what they put off to the turn's end.
class Lane {
 public:
  Lane() : thread_([this] { run(); }) {}
  ~Lane() {
    {
      std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  void post(std::function<void()> task) {
    {
      std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
  }

 private:
  void run() {
    std::vector<std::function<void()>> ends;
    set_turn_end([&](std::function<void()> task) { ends.push_back(std::move(task)); });
    for (;;) {
      std::deque<std::function<void()>> turn;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return ending_ || !tasks_.empty(); });
        if (tasks_.empty()) return;
        turn.swap(tasks_);
      }
      for (auto& task : turn) task();
      std::vector<std::function<void()>> now;
      now.swap(ends);
      for (auto& end : now) end();
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool ending_ = false;
  std::thread thread_;
};

class Turns : public testing::TestWithParam<Durability> {
 protected:
  void SetUp() override {
    folder_ = (std::filesystem::temp_directory_path() / "millrace-turns-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    open();
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void open() {
    auto opened = Store::open({.folder = folder_ + "/store", .durability = GetParam(), .memory_bytes = 1u << 20});
    ASSERT_TRUE(std::holds_alternative<std::unique_ptr<Store>>(opened));
    store_ = std::move(std::get<std::unique_ptr<Store>>(opened));
  }
  /// Reads the counter, adds one, writes it: what ran beside another change would lose one.
  std::function<bool(Txn&)> add(bool keep = true) {
    return [this, keep](Txn& txn) {
      EXPECT_FALSE(running_.exchange(true)) << "two changes at once";
      auto now = txn.get(Family::items, "counter");
      txn.put(Family::items, "counter", std::to_string((now ? std::stoi(*now) : 0) + 1));
      txn.after_commit([this] { ++committed_; });
      EXPECT_TRUE(running_.exchange(false));
      return keep;
    };
  }
  int counter() const {
    auto value = store_->get(Family::items, "counter");
    return value ? std::stoi(*value) : 0;
  }

  std::string folder_;
  std::unique_ptr<Store> store_;
  std::atomic<bool> running_ = false;
  std::atomic<int> committed_ = 0;
};

TEST_P(Turns, ChangesOfAllKindsRunOneAfterTheOther) {
  constexpr int kEach = 1500;
  std::atomic<int> answers = 0, kept = 0;
  {
    Lane lanes[2];
    std::vector<std::thread> others;
    for (int lane = 0; lane < 2; ++lane) {
      for (int i = 0; i < kEach; ++i) {
        const bool keep = i % 7 != 0;
        kept += keep;
        lanes[lane].post([&, keep] {
          store_->submit_short(add(keep), [&, keep](Outcome outcome) {
            EXPECT_EQ(outcome, keep ? Outcome::committed : Outcome::rolled_back);
            ++answers;
          });
        });
      }
    }
    for (int other = 0; other < 2; ++other) {
      others.emplace_back([&, other] {
        for (int i = 0; i < kEach / 10; ++i) {
          if (other == 0) {
            store_->submit(add(), [&](Outcome) { ++answers; });
          } else {
            const int before = committed_;
            auto result = store_->transact([&](Txn& txn) -> Result<int> {
              add()(txn);
              return i;
            });
            EXPECT_EQ(*result, i);
            EXPECT_GT(committed_, before) << "answered before its commit's callbacks";
            ++answers;
          }
          ++kept;
        }
      });
    }
    for (auto& other : others) other.join();
  }
  store_.reset();
  EXPECT_EQ(answers, 2 * kEach + 2 * (kEach / 10));
  EXPECT_EQ(committed_, kept);
  open();
  EXPECT_EQ(counter(), kept);
}

TEST_P(Turns, AThreadWithoutTurnsIsServedByTheStores) {
  std::atomic<int> answers = 0;
  for (int i = 0; i < 100; ++i) store_->submit_short(add(), [&](Outcome) { ++answers; });
  store_.reset();
  EXPECT_EQ(answers, 100);
}

TEST_P(Turns, ALaneThatEndsBeforeItsTurnLosesNothing) {
  std::atomic<int> answers = 0;
  std::vector<std::function<void()>> never_run;
  std::thread lane([&] {
    set_turn_end([&](std::function<void()> task) { never_run.push_back(std::move(task)); });
    store_->submit_short(add(), [&](Outcome outcome) {
      EXPECT_EQ(outcome, Outcome::committed);
      ++answers;
    });
  });
  lane.join();
  store_.reset();  // commits what waits
  EXPECT_EQ(answers, 1);
  for (auto& task : never_run) task();  // the store is gone
}

TEST_P(Turns, ManyMoreThanTheQueueTakesAreAllAnswered) {
  std::atomic<int> answers = 0;
  {
    Lane lane;
    lane.post([&] {  // one turn that queues more than the bound: it must not wait for itself
      for (int i = 0; i < 10'000; ++i) store_->submit_short(add(), [&](Outcome) { ++answers; });
    });
  }
  store_.reset();
  EXPECT_EQ(answers, 10'000);
}

TEST_P(Turns, ATransactionInsideAChangeIsRefused) {
  auto nested = store_->transact([&](Txn&) -> Result<int> {
    EXPECT_THROW((void)store_->transact([](Txn&) -> Result<int> { return 1; }), std::logic_error);
    return 2;
  });
  EXPECT_EQ(*nested, 2);
}

INSTANTIATE_TEST_SUITE_P(Both, Turns, testing::Values(Durability::wal, Durability::sync, Durability::none));

}  // namespace
}  // namespace millrace::storage
