// Entries that lie encrypted: read by readers, snapshots and changes as if they didn't, and found in no file.

#include "emulator/storage/seals.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "emulator/base/store_fault.h"
#include "emulator/storage/keys.h"

namespace millrace::storage {
namespace {

constexpr uint64_t kTable = 7, kOther = 8, kDataKey = 5;

std::string key(uint64_t table, const std::string& rest) {
  std::string out;
  append_u64(out, table);
  return out + rest;
}

class SealedEntries : public testing::Test {
 protected:
  SealedEntries() {
    char pattern[] = "/tmp/millrace-seals-XXXXXX";
    folder_ = mkdtemp(pattern);
    open();
  }
  ~SealedEntries() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void open() {
    store_.reset();
    auto opened = Store::open({.folder = folder_ + "/store"});
    ASSERT_TRUE(std::holds_alternative<std::unique_ptr<Store>>(opened));
    store_ = std::move(std::get<std::unique_ptr<Store>>(opened));
  }
  void begin() {
    store_->seals().begin();
    store_->seals().know(kDataKey, std::string(32, 'k'));
    store_->seals().seal(kTable, {kTable}, kDataKey);
  }
  void put(const std::string& at, const std::string& value, Family family = Family::items) {
    Result<void> written = store_->transact([&](Txn& txn) -> Result<void> {
      txn.put(family, at, value);
      EXPECT_EQ(txn.get(family, at), value);
      return {};
    });
    ASSERT_FALSE(written.has_error());
  }
  using Seen = std::vector<std::pair<std::string, std::string>>;
  static Seen all(const Reader& reader, bool reverse = false) {
    Seen seen;
    auto visit = [&](std::string_view at, std::string_view value) {
      seen.emplace_back(at.substr(8), value);
      return true;
    };
    if (reverse)
      reader.scan_reverse(Family::items, key(kTable, ""), key(kOther, ""), visit);
    else
      reader.scan(Family::items, key(kTable, ""), key(kOther, ""), visit);
    return seen;
  }

  std::string folder_;
  std::unique_ptr<Store> store_;
};

TEST_F(SealedEntries, AreReadInBothForms) {
  put(key(kTable, "a"), "in clear");
  begin();
  put(key(kTable, "b"), "sealed");
  ASSERT_TRUE(store_->put_unreferenced(Family::items, key(kTable, "c"), "beside"));
  put(key(kOther, "a"), "another's");
  const Seen expected{{"a", "in clear"}, {"b", "sealed"}, {"c", "beside"}};
  EXPECT_EQ(all(*store_), expected);
  EXPECT_EQ(all(*store_->snapshot()), expected);
  EXPECT_EQ(all(*store_, true), Seen(expected.rbegin(), expected.rend()));
  Result<void> changed = store_->transact([&](Txn& txn) -> Result<void> {
    txn.put(Family::items, key(kTable, "b2"), "pending");
    EXPECT_EQ(all(txn), (Seen{{"a", "in clear"}, {"b", "sealed"}, {"b2", "pending"}, {"c", "beside"}}));
    return AwsError(kStoreFault, "");
  });
  EXPECT_TRUE(changed.has_error());
  EXPECT_EQ(store_->get(Family::items, key(kTable, "b")), "sealed");

  const auto stored = store_->snapshot_as_stored();
  EXPECT_FALSE(is_sealed(Family::items, *stored->get(Family::items, key(kTable, "a"))));
  EXPECT_TRUE(is_sealed(Family::items, *stored->get(Family::items, key(kTable, "b"))));
  EXPECT_TRUE(is_sealed(Family::items, *stored->get(Family::items, key(kTable, "c"))));
  EXPECT_EQ(stored->get(Family::items, key(kOther, "a")), "another's");
}

TEST_F(SealedEntries, AreSealedWhereTheirFamilyIs) {
  begin();
  put(key(kTable, "a"), "in clear", Family::queues);
  put(key(kTable, "a"), "", Family::indexes);
  put(key(kTable, "b"), "entry", Family::indexes);
  const auto stored = store_->snapshot_as_stored();
  EXPECT_EQ(stored->get(Family::queues, key(kTable, "a")), "in clear");
  EXPECT_EQ(stored->get(Family::indexes, key(kTable, "a")), "");
  EXPECT_TRUE(is_sealed(Family::indexes, *stored->get(Family::indexes, key(kTable, "b"))));
}

TEST_F(SealedEntries, AreReadAfterARestartWithTheirKey) {
  begin();
  put(key(kTable, "a"), "sealed");
  open();
  EXPECT_TRUE(is_sealed(Family::items, *store_->get(Family::items, key(kTable, "a"))));  // nobody opens
  store_->seals().begin();
  EXPECT_FALSE(store_->get(Family::items, key(kTable, "a")));  // its key is lost
  EXPECT_EQ(all(*store_), Seen());
  store_->seals().know(kDataKey, std::string(32, 'k'));
  EXPECT_EQ(store_->get(Family::items, key(kTable, "a")), "sealed");
}

TEST_F(SealedEntries, AreWrittenInClearOnceTheirOwnerLeaves) {
  begin();
  put(key(kTable, "a"), "sealed");
  store_->seals().leave(kTable);
  put(key(kTable, "b"), "clear");
  EXPECT_EQ(all(*store_), (Seen{{"a", "sealed"}, {"b", "clear"}}));
  EXPECT_EQ(store_->snapshot_as_stored()->get(Family::items, key(kTable, "b")), "clear");
}

TEST_F(SealedEntries, AreBoundToTheirKeys) {
  begin();
  put(key(kTable, "a"), "sealed");
  const std::string moved = *store_->snapshot_as_stored()->get(Family::items, key(kTable, "a"));
  store_->seals().leave(kTable);
  ASSERT_TRUE(store_->put_unreferenced(Family::items, key(kTable, "b"), moved));
  EXPECT_THROW(store_->get(Family::items, key(kTable, "b")), StoreFault);
  Result<void> failed = store_->transact([&](Txn& txn) -> Result<void> {
    txn.get(Family::items, key(kTable, "b"));
    return {};
  });
  EXPECT_TRUE(failed.has_error());
}

}  // namespace
}  // namespace millrace::storage
