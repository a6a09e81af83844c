#include <gtest/gtest.h>

#include <filesystem>

#include "emulator/storage/store.h"
#include "runtime/poller/checkpoint.h"
#include "runtime/poller/checkpoint_store.h"

namespace millrace::poller {
namespace {

TEST(StoredCheckpoints, SurviveReopening) {
  std::string folder = (std::filesystem::temp_directory_path() / ("checkpoints-" + std::to_string(getpid()))).string();
  auto open = [&] { return std::get<std::unique_ptr<storage::Store>>(storage::Store::open({folder})); };
  {
    auto store = open();
    StoredCheckpoints checkpoints(*store);
    checkpoints.save_now("m1", {{"", "{}"}, {"shard-1", "one"}});
    checkpoints.save("m1", "shard-1", "two");
    checkpoints.save("m1", "shard-2", "x");
    checkpoints.erase("m1", "shard-2");
    checkpoints.save("m11", "shard-1", "other mapping");
    checkpoints.save("m2", "shard-1", "gone");
    checkpoints.erase_all("m2");
  }
  {
    auto store = open();
    StoredCheckpoints checkpoints(*store);
    EXPECT_EQ(checkpoints.load("m1"), (std::map<std::string, std::string>{{"", "{}"}, {"shard-1", "two"}}));
    EXPECT_TRUE(checkpoints.load("m2").empty());
  }
  std::filesystem::remove_all(folder);
}

TEST(ShardCheckpoint, ReadsWhatItWrites) {
  ShardCheckpoint written;
  written.after = "123";
  written.window = WindowState{60'000, R"({"sum":1})"};
  auto read = ShardCheckpoint::parse(written.text());
  EXPECT_EQ(read.after, "123");
  EXPECT_FALSE(read.done);
  ASSERT_TRUE(read.window);
  EXPECT_EQ(read.window->start_ms, 60'000);
  EXPECT_EQ(read.window->state, R"({"sum":1})");
  EXPECT_EQ(ShardCheckpoint::parse("damaged").after, "");
}

}  // namespace
}  // namespace millrace::poller
