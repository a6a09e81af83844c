// Stores that wait for the disk nowhere are stores like others.

#include <gtest/gtest.h>

#include <filesystem>

#include "emulator/storage/store.h"

namespace millrace::storage {
namespace {

class Unsynced : public testing::Test {
 protected:
  Unsynced() {
    std::string pattern = (std::filesystem::temp_directory_path() / "millrace-unsynced-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~Unsynced() override { std::filesystem::remove_all(folder_); }

  static std::unique_ptr<Store> open(const std::string& folder, Durability durability) {
    auto opened = Store::open({.folder = folder, .durability = durability});
    auto* store = std::get_if<std::unique_ptr<Store>>(&opened);
    EXPECT_NE(store, nullptr) << std::get<std::string>(opened);
    return store ? std::move(*store) : nullptr;
  }

  std::string folder_;
};

TEST_F(Unsynced, WhatWasWrittenIsThereForWhoeverOpensItNext) {
  {
    auto store = open(folder_ + "/store", Durability::none);
    Result<void> written = store->transact([](Txn& txn) -> Result<void> {
      for (int i = 0; i < 3000; ++i) txn.put(Family::items, "key-" + std::to_string(i), std::string(500, 'x'));
      return {};
    });
    ASSERT_FALSE(written.has_error());
    EXPECT_EQ(store->checkpoint(folder_ + "/copy"), "");
  }
  EXPECT_EQ(Store::sync_folder(folder_ + "/store"), "");
  for (const char* name : {"/store", "/copy"}) {
    for (Durability durability : {Durability::none, Durability::wal})
      EXPECT_EQ(open(folder_ + name, durability)->get(Family::items, "key-2999"), std::string(500, 'x')) << name;
  }
}

TEST_F(Unsynced, AFolderThatIsntThereCantBeSynced) {
  EXPECT_NE(Store::sync_folder(folder_ + "/nobody"), "");
}

}  // namespace
}  // namespace millrace::storage
