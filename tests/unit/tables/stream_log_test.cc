#include "emulator/tables/stream_log.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "emulator/base/attribute/item_codec.h"
#include "emulator/tables/item_write.h"
#include "emulator/tables/tables.h"

namespace millrace::tables {
namespace {

/// A store in a temporary folder with one table that has a stream.
class StreamLogTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "stream-log-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    open();
    table_.account = "000000000000";
    table_.region = "us-east-1";
    table_.name = "t";
    table_.arn = "arn:aws:dynamodb:us-east-1:000000000000:table/t";
    table_.attributes = {{"pk", AttributeType::S}};
    table_.key.partition = {{"pk", AttributeType::S}};
    table_.stream = {true, ViewType::new_and_old_images, table_.arn + "/stream/2024-01-01T00:00:00.000",
                     "2024-01-01T00:00:00.000", 0};
    change([&](storage::Txn& txn) {
      table_.id = tables_->catalog.next_id(txn);
      table_.stream.id = tables_->catalog.next_id(txn);
      tables_->catalog.put(txn, table_);
      tables_->streams.open(txn, table_);
    });
  }
  void TearDown() override {
    close();
    std::filesystem::remove_all(folder_);
  }

  void open() {
    auto opened = storage::Store::open({folder_ + "/store"});
    store_ = std::move(std::get<std::unique_ptr<storage::Store>>(opened));
    tables_ = std::make_unique<Tables>(*store_, clock_, random_);
  }
  void close() {
    tables_.reset();
    store_.reset();
  }
  void change(const std::function<void(storage::Txn&)>& fn) {
    Result<void> done = store_->transact([&](storage::Txn& txn) -> Result<void> {
      fn(txn);
      return {};
    });
    ASSERT_FALSE(done.has_error());
  }
  static AttributeMap item(const std::string& key, int64_t value) {
    AttributeMap out;
    out.set("pk", AttributeValue(key));
    out.set("v", AttributeValue(Number(value)));
    return out;
  }
  void put(const std::string& key, int64_t value, const AttributeMap* old = nullptr) {
    AttributeMap fresh = item(key, value);
    std::string stored_key = *item_key(table_, fresh);
    change([&](storage::Txn& txn) {
      write_item(txn, *tables_, table_, {.key = stored_key, .old_item = old, .new_item = &fresh});
    });
  }
  StreamPtr stream() { return tables_->streams.by_id(table_.stream.id); }
  StreamLog::Page page(const Shard& shard, uint64_t after = 0, size_t limit = 1000) {
    return tables_->streams.read(*stream(), shard, after, limit, 1 << 20);
  }

  std::string folder_;
  ManualClock clock_;
  SeededRandom random_{1};
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<Tables> tables_;
  Table table_;
};

TEST_F(StreamLogTest, RecordsTellWhatHappened) {
  put("a", 1);
  AttributeMap old = item("a", 1);
  put("a", 2, &old);
  AttributeMap last = item("a", 2);
  change([&](storage::Txn& txn) {
    std::string key = *item_key(table_, last);
    write_item(txn, *tables_, table_, {.key = key, .old_item = &last, .by_ttl = true});
  });
  auto read = page(stream()->shards[0]);
  ASSERT_EQ(read.records.size(), 3u);
  EXPECT_EQ(read.records[0].event_name, ports::EventName::insert);
  EXPECT_EQ(read.records[0].size_bytes, 3 + 6);  // {pk: a} and {pk: a, v: 1}
  EXPECT_FALSE(read.records[0].old_image);
  EXPECT_EQ(read.records[1].event_name, ports::EventName::modify);
  EXPECT_EQ(read.records[1].size_bytes, 3 + 6 + 6);
  EXPECT_EQ(*read.records[1].new_image, item("a", 2));
  EXPECT_EQ(*read.records[1].old_image, item("a", 1));
  EXPECT_EQ(read.records[2].event_name, ports::EventName::remove);
  EXPECT_TRUE(read.records[2].by_ttl);
  EXPECT_FALSE(read.records[2].new_image);
  EXPECT_LT(read.records[0].sequence_number, read.records[1].sequence_number);
  EXPECT_EQ(read.records[0].sequence_number.size(), 21u);
  EXPECT_EQ(read.records[0].event_id.size(), 32u);
  EXPECT_FALSE(read.end_of_shard);
  EXPECT_EQ(tables_->statistics.of(table_.id).items, 0);
}

TEST_F(StreamLogTest, PagesGoOnWhereTheyEnded) {
  for (int i = 0; i < 5; ++i) put("k" + std::to_string(i), i);
  const Shard shard = stream()->shards[0];
  auto first = page(shard, 0, 2);
  ASSERT_EQ(first.records.size(), 2u);
  auto second = page(shard, first.position, 10);
  ASSERT_EQ(second.records.size(), 3u);
  EXPECT_EQ(tables_->streams.latest(*stream(), shard), second.position);
  EXPECT_TRUE(page(shard, second.position).records.empty());
}

TEST_F(StreamLogTest, SequenceNumbersGrowOverARestart) {
  put("a", 1);
  uint64_t before = tables_->streams.latest(*stream(), stream()->shards[0]);
  close();
  open();
  ASSERT_TRUE(stream());
  put("b", 1);
  EXPECT_GT(tables_->streams.latest(*stream(), stream()->shards[0]), before);
  EXPECT_EQ(page(stream()->shards[0]).records.size(), 2u);
}

TEST_F(StreamLogTest, ARolledBackChangeLeavesNothing) {
  AttributeMap fresh = item("a", 1);
  std::string key = *item_key(table_, fresh);
  Result<void> done = store_->transact([&](storage::Txn& txn) -> Result<void> {
    write_item(txn, *tables_, table_, {.key = key, .new_item = &fresh});
    static const ErrorKind kind{"No"};
    return AwsError(kind, "");
  });
  EXPECT_TRUE(done.has_error());
  EXPECT_TRUE(page(stream()->shards[0]).records.empty());
  EXPECT_EQ(tables_->statistics.of(table_.id).items, 0);
  put("b", 1);  // the sequence reservation of the lost change is made up for
  close();
  open();
  put("c", 1);
  EXPECT_EQ(page(stream()->shards[0]).records.size(), 2u);
}

TEST_F(StreamLogTest, SplitChildrenShareTheKeysAndFollowTheParent) {
  put("before", 1);
  std::string parent = stream()->shards[0].id;
  change([&](storage::Txn& txn) { EXPECT_TRUE(tables_->streams.split(txn, stream()->id, parent)); });
  ASSERT_EQ(stream()->shards.size(), 3u);
  const auto shards = stream()->shards;
  EXPECT_EQ(shards[0].id, parent);
  EXPECT_TRUE(shards[0].last);
  EXPECT_EQ(shards[1].parent_id, parent);
  EXPECT_EQ(shards[2].parent_id, parent);
  EXPECT_TRUE(page(shards[0]).end_of_shard);
  for (int i = 0; i < 40; ++i) put("k" + std::to_string(i), i);
  size_t left = page(shards[1]).records.size(), right = page(shards[2]).records.size();
  EXPECT_EQ(left + right, 40u);
  EXPECT_GT(left, 0u);
  EXPECT_GT(right, 0u);
  EXPECT_GT(page(shards[1]).records[0].sequence_number, page(shards[0]).records[0].sequence_number);
}

TEST_F(StreamLogTest, OldShardsRoll) {
  change([&](storage::Txn& txn) { tables_->streams.roll(txn, stream()->id, kShardLifeMs); });
  EXPECT_EQ(stream()->shards.size(), 1u);
  clock_.advance(kShardLifeMs);
  change([&](storage::Txn& txn) { tables_->streams.roll(txn, stream()->id, kShardLifeMs); });
  ASSERT_EQ(stream()->shards.size(), 2u);
  EXPECT_EQ(stream()->shards[1].parent_id, stream()->shards[0].id);
}

TEST_F(StreamLogTest, RecordsAreTrimmedAfterADay) {
  put("a", 1);
  clock_.advance(kStreamRetentionMs - 1000);
  put("b", 1);
  clock_.advance(2000);
  const Shard before = stream()->shards[0];
  auto seen = page(before);
  ASSERT_EQ(seen.records.size(), 1u);  // not shown even before it is erased
  EXPECT_FALSE(seen.trimmed);
  tables_->streams.trim(stream()->id);
  const Shard after = stream()->shards[0];
  EXPECT_GT(after.trimmed_through, 0u);
  EXPECT_EQ(page(after).records.size(), 1u);
  EXPECT_TRUE(page(after, after.first).trimmed);
  EXPECT_GT(tables_->streams.next_trim_ms(stream()->id), clock_.now_ms());
}

TEST_F(StreamLogTest, AClosedStreamGoesADayAfterItsLastRecord) {
  put("a", 1);
  change([&](storage::Txn& txn) { tables_->streams.close(txn, stream()->id); });
  EXPECT_EQ(stream()->status, StreamStatus::disabled);
  EXPECT_EQ(page(stream()->shards[0]).records.size(), 1u);
  clock_.advance(kStreamRetentionMs + 1000);
  tables_->streams.trim(stream()->id);
  EXPECT_FALSE(stream());
  EXPECT_FALSE(tables_->streams.find(table_.stream.arn));
}

TEST_F(StreamLogTest, CommitsWakeSubscribersUntilTheyLetGo) {
  int woken = 0;
  auto subscription = tables_->streams.subscribe(table_.stream.arn, [&] { ++woken; });
  put("a", 1);
  EXPECT_EQ(woken, 1);
  subscription.reset();
  put("b", 1);
  EXPECT_EQ(woken, 1);
}

TEST_F(StreamLogTest, ViewTypesKeepWhatTheyName) {
  for (auto [view, has_new, has_old] :
       {std::tuple(ViewType::keys_only, false, false), std::tuple(ViewType::new_image, true, false),
        std::tuple(ViewType::old_image, false, true)}) {
    change([&](storage::Txn& txn) {
      tables_->streams.close(txn, table_.stream.id);
      table_.stream.view_type = view;
      table_.stream.id = tables_->catalog.next_id(txn);
      table_.stream.arn += "0";
      tables_->catalog.put(txn, table_);
      tables_->streams.open(txn, table_);
    });
    AttributeMap old = item("a", 1);
    put("a", 2, &old);
    auto read = page(stream()->shards[0]);
    ASSERT_EQ(read.records.size(), 1u);
    EXPECT_EQ(read.records[0].new_image.has_value(), has_new);
    EXPECT_EQ(read.records[0].old_image.has_value(), has_old);
  }
}

TEST(SequenceText, IsReadBack) {
  EXPECT_EQ(sequence_text(42), "100000000000000000042");
  EXPECT_EQ(parse_sequence("100000000000000000042"), 42u);
  EXPECT_FALSE(parse_sequence("200000000000000000042"));
  EXPECT_FALSE(parse_sequence("1000"));
  EXPECT_FALSE(parse_sequence("10000000000000000004x"));
  EXPECT_FALSE(parse_sequence("199999999999999999999"));
}

}  // namespace
}  // namespace millrace::tables
