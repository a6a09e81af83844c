#include "emulator/server/account_keys.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::server {
namespace {

using storage::document_key;
using storage::Family;
using testing::UnorderedElementsAre;

constexpr const char* kOurs = "111111111111";
constexpr const char* kTheirs = "222222222222";

std::optional<KeptEntries::Holder> hangs_on(const StoredDocument& document) {
  if (document.is("inn", "guest")) return KeptEntries::Holder{"house", document.tail};
  return std::nullopt;
}

void hold(const StoredDocument& document, Holders& holders) {
  holders.add_number("house", document.object(), "number");
}

void add_ranges(const Sought& sought, KeyRanges& ranges) {
  add_by_number(ranges, Family::items, "bt", sought.holders, "house");
  if (sought.account) add_prefix(ranges, Family::logs, *sought.account);
}

class AccountKeys : public testing::Test {
 protected:
  AccountKeys() {
    std::string pattern = (std::filesystem::temp_directory_path() / "account-keys-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    auto opened = storage::Store::open({.folder = folder_ + "/store"});
    store_ = std::move(std::get<std::unique_ptr<storage::Store>>(opened));
    kept_ = {{.service = "inn",
              .documents = {"inn"},
              .numbered = {"guest"},
              .freely_named = {"sign"},
              .hangs_on = hangs_on,
              .hold = hold,
              .add_ranges = add_ranges,
              .counters = {{Family::meta, document_key({"inn", "next"})}}},
             {.documents = {"letter"}}};
  }
  ~AccountKeys() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void put(Family family, const std::string& key, const std::string& value = "{}") {
    Result<void> written = store_->transact([&](storage::Txn& txn) -> Result<void> {
      txn.put(family, key, value);
      return {};
    });
    ASSERT_FALSE(written.has_error());
  }
  /// The keys found, without prefixes' ends.
  std::vector<std::string> found(const Meant& meant) {
    std::vector<std::string> keys;
    for (const KeyRange& range : owned_keys(*store_, kept_, meant).ranges) keys.push_back(range.from);
    return keys;
  }

  std::string folder_;
  std::unique_ptr<storage::Store> store_;
  std::vector<KeptEntries> kept_;
};

TEST_F(AccountKeys, DocumentsAreWhoseKeyMemberOrArnSays) {
  put(Family::meta, document_key({"letter", kOurs, "a"}));
  put(Family::meta, document_key({"letter", "x", kOurs}));
  put(Family::meta, document_key({"letter", "arn:aws:sqs:us-east-1:111111111111:q"}));
  put(Family::meta, document_key({"letter", "b"}), R"({"account": "111111111111"})");
  put(Family::meta, document_key({"letter", "c"}), R"({"to": "arn:aws:sns:us-east-1:111111111111:t"})");
  put(Family::meta, document_key({"letter", kTheirs, "a"}), R"({"account": "111111111111"})");
  put(Family::meta, document_key({"letter", "nobody's"}));
  put(Family::meta, document_key({"unheard-of", kOurs}));
  EXPECT_EQ(found({.account = kOurs}).size(), 5u + 1);  // and the range in logs
  EXPECT_THAT(found({.account = kOurs, .all_but_account = true}),
              UnorderedElementsAre(document_key({"letter", kTheirs, "a"})));
}

TEST_F(AccountKeys, WhatCustomersNameFreelyIsNoAccount) {
  put(Family::meta, document_key({"inn", "sign", kTheirs}), R"({"account": "111111111111"})");
  EXPECT_THAT(found({.account = kTheirs}), UnorderedElementsAre(kTheirs));
  EXPECT_THAT(found({.account = kOurs}), UnorderedElementsAre(document_key({"inn", "sign", kTheirs}), kOurs));
}

TEST_F(AccountKeys, WhatHangsOnAThingGoesWithIt) {
  const std::string ours = document_key({"inn", "guest"}) + number_name(7),
                    theirs = document_key({"inn", "guest"}) + number_name(8);
  put(Family::meta, ours);  // before its house: the order of keys doesn't matter
  put(Family::meta, theirs);
  put(Family::meta, document_key({"inn", kOurs, "house"}), R"({"number": 7})");
  put(Family::meta, document_key({"inn", kTheirs, "house"}), R"({"number": 8})");
  EXPECT_THAT(found({.account = kOurs}), UnorderedElementsAre(document_key({"inn", kOurs, "house"}), ours,
                                                              "b" + number_name(7), "t" + number_name(7), kOurs));
  EXPECT_TRUE(owned_keys(*store_, kept_, {.account = kOurs}).holders.has("house", number_name(7)));
}

TEST_F(AccountKeys, NumbersAreAnyOf64Bits) {
  put(Family::meta, document_key({"inn", kOurs, "house"}), R"({"number": 11164601696492667859})");
  put(Family::meta, document_key({"inn", kOurs, "hut"}), R"({"number": 0})");
  const OwnedKeys owned = owned_keys(*store_, kept_, {.account = kOurs});
  EXPECT_THAT(owned.holders.of("house"), UnorderedElementsAre(number_name(11164601696492667859u)));
}

TEST_F(AccountKeys, CountersAreNobodys) {
  put(Family::meta, document_key({"inn", "next"}), number_name(9));
  EXPECT_THAT(found({.account = "", .service = "inn"}), UnorderedElementsAre(""));  // all of family logs
}

TEST_F(AccountKeys, AServiceIsItsRoomAlone) {
  put(Family::meta, document_key({"inn", kOurs, "house"}), R"({"number": 7})");
  put(Family::meta, document_key({"letter", kOurs, "a"}));
  EXPECT_EQ(found({.account = kOurs, .service = "inn"}).size(), 4u);
  EXPECT_THAT(found({.account = kOurs, .service = "other"}), UnorderedElementsAre());
}

}  // namespace
}  // namespace millrace::server
