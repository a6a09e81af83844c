// Reads and writes that fail: never an absence, never half a change, and over as soon as the disk is well again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "emulator/base/guard.h"
#include "emulator/base/store_fault.h"
#include "emulator/storage/documents.h"
#include "emulator/storage/opening.h"
#include "emulator/storage/store.h"
#include "tests/unit/storage/failing_env.h"

namespace millrace::storage {
namespace {

using testing::HasSubstr;

constexpr int kEntries = 3000;

class Faults : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = (std::filesystem::temp_directory_path() / "millrace-faults-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    env_ = rocksdb::NewCompositeEnv(std::make_shared<FailingFiles>(failures_));
    set_env_of_stores(env_.get());
    resolve_troubles("");
  }
  void TearDown() override {
    failures_.reads_until_failure = failures_.writes_until_failure = -1;
    store_.reset();
    set_env_of_stores(nullptr);
    std::filesystem::remove_all(folder_);
  }

  std::string path() const { return folder_ + "/store"; }
  std::string open() {
    auto opened = Store::open({.folder = path(), .durability = durability_, .memory_bytes = 1u << 20});
    if (auto* sentence = std::get_if<std::string>(&opened)) return *sentence;
    store_ = std::move(std::get<std::unique_ptr<Store>>(opened));
    return "";
  }
  /// A store whose entries are in tables' files, not in memory.
  void open_filled() {
    ASSERT_EQ(open(), "");
    for (int i = 0; i < kEntries; ++i) ASSERT_TRUE(put(key(i), std::string(500, 'x')));
    store_.reset();
    ASSERT_EQ(open(), "");
  }
  static std::string key(int i) { return "key-" + std::to_string(100'000 + i); }
  bool put(const std::string& key, const std::string& value) {
    return !store_
                ->transact([&](Txn& txn) -> Result<void> {
                  txn.put(Family::items, key, value);
                  return {};
                })
                .has_error();
  }

  std::string folder_;
  Durability durability_ = Durability::wal;
  Failures failures_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<Store> store_;
};

TEST_F(Faults, AReadThatFailsIsNoAbsence) {
  open_filled();
  failures_.reads_until_failure = 0;
  EXPECT_THROW(store_->get(Family::items, key(7)), StoreFault);
  EXPECT_THROW(store_->snapshot()->get(Family::items, key(1500)), StoreFault);
  int seen = 0;
  auto count = [&](std::string_view, std::string_view) { return ++seen > 0; };
  EXPECT_THROW(store_->scan(Family::items, "key", "kez", count), StoreFault);
  EXPECT_THROW(store_->scan_reverse(Family::items, "key", "kez", count), StoreFault);
  EXPECT_LT(seen, kEntries);
  ASSERT_FALSE(troubles().empty());
  EXPECT_THAT(troubles().front().sentence, HasSubstr(".sst"));

  failures_.reads_until_failure = -1;
  EXPECT_TRUE(store_->get(Family::items, key(7)));
  EXPECT_FALSE(store_->get(Family::items, "key-none"));
}

// Whatever a change makes of a failed read, nothing of it is kept, and the next change isn't touched.
TEST_F(Faults, AReadThatFailsPoisonsItsChange) {
  open_filled();
  for (bool scans : {false, true}) {
    failures_.reads_until_failure = 0;
    auto result = store_->transact([&](Txn& txn) -> Result<void> {
      txn.put(Family::items, "written before", "x");
      try {
        if (scans)
          txn.scan(Family::items, "key", "kez", [](std::string_view, std::string_view) { return true; });
        else if (txn.get(Family::items, key(2999)))
          return {};
      } catch (const StoreFault&) {  // as if the caller took it for an absence
      }
      txn.put(Family::items, "written after", "x");
      return {};
    });
    ASSERT_TRUE(result.has_error());
    EXPECT_TRUE(result.error().is(kStoreFault));
    failures_.reads_until_failure = -1;
    EXPECT_FALSE(store_->get(Family::items, "written before"));
    EXPECT_FALSE(store_->get(Family::items, "written after"));
    EXPECT_TRUE(put("key-next", "y"));
  }
}

TEST_F(Faults, EveryReadOfAScanInAChangeMayFail) {
  open_filled();
  failures_.reads = 0;
  store_->scan(Family::items, "key", "kez", [](std::string_view, std::string_view) { return true; });
  const int reads = failures_.reads;
  ASSERT_GT(reads, 10);
  for (int nth = 0; nth < reads; nth += 7) {
    store_.reset();
    failures_.reads_until_failure = -1;
    ASSERT_EQ(open(), "");
    failures_.reads_until_failure = nth;
    int seen = 0;
    auto result = store_->transact([&](Txn& txn) -> Result<int> {
      txn.scan(Family::items, "key", "kez", [&](std::string_view, std::string_view) { return ++seen > 0; });
      return seen;
    });
    if (result.has_error())
      EXPECT_TRUE(result.error().is(kStoreFault));
    else
      EXPECT_EQ(*result, kEntries);
  }
}

TEST_F(Faults, AChangeThatThrowsIsRolledBackAndAnswered) {
  ASSERT_EQ(open(), "");
  auto result = store_->transact([](Txn& txn) -> Result<int> {
    txn.put(Family::items, "half", "x");
    throw std::runtime_error("a bug");
  });
  EXPECT_TRUE(result.has_error());
  EXPECT_FALSE(store_->get(Family::items, "half"));
  std::promise<Outcome> outcome;
  store_->submit([](Txn&) -> bool { throw 7; }, [&](Outcome got) { outcome.set_value(got); });
  EXPECT_EQ(outcome.get_future().get(), Outcome::failed);
  EXPECT_TRUE(put("whole", "x"));
}

// What follows a commit, and what answers it, may throw: the writer goes on.
TEST_F(Faults, CallbacksThatThrowStopNothing) {
  ASSERT_EQ(open(), "");
  std::promise<void> ran;
  store_->submit(
      [&](Txn& txn) {
        txn.put(Family::items, "a", "x");
        txn.after_commit([] { throw std::runtime_error("a bug"); });
        txn.after_commit([&] { ran.set_value(); });
        return true;
      },
      [](Outcome) { throw std::runtime_error("another"); });
  ran.get_future().get();
  EXPECT_TRUE(put("b", "x"));
  EXPECT_TRUE(store_->get(Family::items, "a"));
}

class FullDisk : public Faults, public testing::WithParamInterface<Durability> {
 protected:
  void SetUp() override {
    durability_ = GetParam();
    Faults::SetUp();
  }
};

TEST_P(FullDisk, WritesStopWithASentenceAndGoOnWhenThereIsSpace) {
  ASSERT_EQ(open(), "");
  ASSERT_TRUE(put("before", "x"));
  failures_.free_bytes = 1 << 20;
  for (int i = 0; i < 2000 && put("while", std::string(1000, 'x')); ++i) {
  }
  EXPECT_FALSE(put("while", "x"));
  EXPECT_FALSE(store_->put_unreferenced(Family::chunks, "piece", "x"));
  EXPECT_TRUE(store_->get(Family::items, "before"));
  ASSERT_FALSE(troubles().empty());
  EXPECT_THAT(troubles().back().sentence, HasSubstr("is full"));

  failures_.free_bytes = -1;
  EXPECT_TRUE(put("after", "x"));
  EXPECT_TRUE(troubles().empty());
  store_.reset();
  ASSERT_EQ(open(), "");
  EXPECT_TRUE(store_->get(Family::items, "before"));
  EXPECT_TRUE(store_->get(Family::items, "after"));
}

TEST_P(FullDisk, AStartIsRefusedWithASentence) {
  failures_.free_bytes = 1 << 20;
  EXPECT_THAT(open(), HasSubstr("MiB left"));
}

// The disk fills between our look and the write: nothing acknowledged is lost, and RocksDB's own recovery is waited for.
TEST_P(FullDisk, EveryWriteMayFail) {
  ASSERT_EQ(open(), "");
  std::set<std::string> acknowledged;
  for (int nth : {0, 3}) {
    failures_.writes_until_failure = nth;
    for (int i = 0; i < 8; ++i) {
      std::string key = "key-" + std::to_string(nth) + "-" + std::to_string(i);
      if (put(key, "x")) acknowledged.insert(key);
    }
    failures_.writes_until_failure = -1;
    bool well = false;
    for (int tries = 0; tries < 300 && !well; ++tries) {
      well = put("well again", std::to_string(nth));
      if (!well) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ASSERT_TRUE(well) << nth;
    EXPECT_TRUE(troubles().empty());
  }
  failures_.writes_until_failure = 0;
  EXPECT_FALSE(put("never", "x"));
  failures_.writes_until_failure = -1;
  store_.reset();
  ASSERT_EQ(open(), "");
  for (const std::string& key : acknowledged) EXPECT_TRUE(store_->get(Family::items, key)) << key;
}

INSTANTIATE_TEST_SUITE_P(Both, FullDisk, testing::Values(Durability::wal, Durability::sync),
                         [](const auto& one) { return one.param == Durability::wal ? "wal" : "sync"; });

/// The store's folder as kill -9 leaves it, with a byte of its newest log flipped at `part` of its length.
class DamagedLog : public Faults {
 protected:
  void damage(double part, bool cut = false) {
    ASSERT_EQ(open(), "");
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(put(key(i), std::string(200, 'x')));
    std::filesystem::copy(path(), folder_ + "/copy");
    store_.reset();
    std::filesystem::remove_all(path());
    std::filesystem::rename(folder_ + "/copy", path());
    for (const auto& entry : std::filesystem::directory_iterator(path())) {
      if (entry.path().extension() != ".log" || entry.file_size() == 0) continue;
      auto at = static_cast<std::streamoff>(static_cast<double>(entry.file_size()) * part);
      if (cut) return std::filesystem::resize_file(entry.path(), static_cast<uintmax_t>(at));
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(at);
      char byte = static_cast<char>(file.get() ^ 0x55);
      file.seekp(at);
      file.put(byte);
    }
  }
  int present() {
    int count = 0;
    for (int i = 0; i < 500; ++i) count += store_->get(Family::items, key(i)).has_value();
    return count;
  }
};

TEST_F(DamagedLog, AFlippedByteInItsMiddleIsSaid) {
  damage(0.5);
  ASSERT_EQ(open(), "");
  int left = present();
  EXPECT_GT(left, 200);
  EXPECT_LT(left, 300);
  for (int i = 0; i < left; ++i) EXPECT_TRUE(store_->get(Family::items, key(i))) << "order is kept";
  ASSERT_EQ(troubles().size(), 1u);
  EXPECT_THAT(troubles()[0].sentence, HasSubstr(".log is damaged at byte"));
  EXPECT_THAT(troubles()[0].sentence, HasSubstr("readable entries, the last written at 20"));
  EXPECT_TRUE(std::filesystem::exists(path() + "-damaged-logs"));
  EXPECT_TRUE(put("more", "x"));
}

TEST_F(DamagedLog, ATornEndIsNoDamage) {
  damage(0.999, true);
  ASSERT_EQ(open(), "");
  EXPECT_GE(present(), 498);
  EXPECT_TRUE(troubles().empty());
}

TEST_F(Faults, ADamagedDocumentIsNoAbsence) {
  ASSERT_EQ(open(), "");
  ASSERT_FALSE(store_
                   ->transact([](Txn& txn) -> Result<void> {
                     txn.put(Family::meta, document_key({"iam", "user", "ada"}), "{\"Name\":");
                     return {};
                   })
                   .has_error());
  EXPECT_THROW(get_document(*store_, document_key({"iam", "user", "ada"})), StoreFault);
  EXPECT_THROW(list_documents(*store_, document_key({"iam"})), StoreFault);
  EXPECT_THAT(troubles().front().sentence, HasSubstr("iam/user/ada"));
}

}  // namespace
}  // namespace millrace::storage
