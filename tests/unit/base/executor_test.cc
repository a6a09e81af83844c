#include "emulator/base/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <vector>

#include "emulator/base/guard.h"

namespace millrace {
namespace {

TEST(Executor, OneThreadRunsTasksInOrderAndSurvivesWhatTheyThrow) {
  resolve_troubles("");
  std::vector<int> order;
  {
    Executor executor("a task of the test", 1);
    executor.post([] { throw std::runtime_error("a bug"); });
    executor.post([] { throw 7; });
    for (int i = 0; i < 100; ++i) executor.post([&, i] { order.push_back(i); });
    executor.finish();
    EXPECT_FALSE(executor.post([] {}));
  }
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
  ASSERT_EQ(troubles().size(), 2u);
  EXPECT_EQ(troubles()[0].sentence, "a task of the test failed: a bug");
  resolve_troubles("a task of the test");
  EXPECT_TRUE(troubles().empty());
}

TEST(Executor, TakesNoMoreThanItsBound) {
  std::promise<void> go;
  auto gone = go.get_future().share();
  std::atomic<int> ran = 0;
  Executor executor("a task", 1, 3);
  std::promise<void> begun;
  executor.post([&] {
    begun.set_value();
    gone.wait();
  });
  begun.get_future().wait();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(executor.post([&] { ++ran; }));
  EXPECT_FALSE(executor.post([&] { ++ran; }));
  go.set_value();
  executor.finish();
  EXPECT_EQ(ran, 3);
}

TEST(Executor, StopDropsWhatWaits) {
  std::promise<void> go;
  auto gone = go.get_future().share();
  std::promise<void> begun;
  std::atomic<bool> ran = false;
  Executor executor("a task", 1);
  executor.post([&] {
    begun.set_value();
    gone.wait();
  });
  executor.post([&] { ran = true; });
  begun.get_future().wait();
  std::thread stopper([&] { executor.stop(); });
  while (!executor.stopping()) std::this_thread::yield();
  go.set_value();
  stopper.join();
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace millrace
