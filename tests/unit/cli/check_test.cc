// `millrace check`: what is derived and wrong is found, and mended on demand; what isn't derived is only found.

#include "emulator/server/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "emulator/base/attribute/item_codec.h"
#include "emulator/services/all.h"
#include "emulator/storage/documents.h"
#include "emulator/tables/catalog.h"
#include "emulator/tables/item_keys.h"

namespace millrace::server {
namespace {

using storage::Family;
using testing::HasSubstr;

class CheckedFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "check-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    open();
    table_.account = "111111111111";
    table_.region = "us-east-1";
    table_.name = "t";
    table_.id = 1;
    table_.arn = "arn:aws:dynamodb:us-east-1:111111111111:table/t";
    table_.attributes = {{"pk", AttributeType::S}, {"n", AttributeType::N}};
    table_.key.partition = {{"pk", AttributeType::S}};
    tables::Index index;
    index.id = 2;
    index.name = "i";
    index.key.partition = {{"n", AttributeType::N}};
    table_.indexes = {index};
    tables::TableCatalog catalog(*store_);
    change([&](storage::Txn& txn) { catalog.put(txn, table_); });
    for (int i = 0; i < 20; ++i) put(item(i));
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void open() {
    store_ = std::move(std::get<std::unique_ptr<storage::Store>>(storage::Store::open({folder_ + "/store"})));
  }
  void change(const std::function<void(storage::Txn&)>& fn) {
    Result<void> done = store_->transact([&](storage::Txn& txn) -> Result<void> {
      fn(txn);
      return {};
    });
    ASSERT_FALSE(done.has_error());
  }
  static AttributeMap item(int i) {
    AttributeMap out;
    out.set("pk", AttributeValue("key" + std::to_string(i)));
    out.set("n", AttributeValue(*Number::parse(std::to_string(i))));
    out.set("text", AttributeValue(std::string("x")));
    return out;
  }
  std::string key_of(const AttributeMap& item) const { return *tables::item_key(table_, item); }
  std::string entry_key_of(const AttributeMap& item) const {
    return *tables::index_key(table_, table_.indexes[0], item);
  }
  std::string entry_of(const AttributeMap& item) const {
    return encode_item(tables::project(table_, table_.indexes[0], item));
  }
  void put(const AttributeMap& item) {
    change([&](storage::Txn& txn) {
      txn.put(Family::items, key_of(item), encode_item(item));
      txn.put(Family::indexes, entry_key_of(item), entry_of(item));
    });
  }

  struct Said {
    int code;
    std::string text;
  };
  Said check(bool repair) {
    store_.reset();
    std::ostringstream out;
    const int code = check_data_folder(folder_, all_checks(), repair, out);
    open();
    return {code, out.str()};
  }

  std::string folder_;
  std::unique_ptr<storage::Store> store_;
  tables::Table table_;
};

TEST_F(CheckedFolder, ThatIsWholeIsSaidToBe) {
  const Said said = check(false);
  EXPECT_EQ(said.code, 0) << said.text;
  EXPECT_THAT(said.text, HasSubstr("nothing is wrong"));
}

TEST_F(CheckedFolder, GetsItsIndexEntriesMended) {
  AttributeMap stranger = item(1000), other = item(3);
  other.set("text", AttributeValue(std::string("something else")));
  change([&](storage::Txn& txn) {
    txn.erase(Family::indexes, entry_key_of(item(1)));
    txn.put(Family::indexes, entry_key_of(item(3)), entry_of(other));
    txn.put(Family::indexes, entry_key_of(stranger), entry_of(stranger));
    txn.put(Family::indexes, entry_key_of(item(500)), "no entry at all");
  });

  Said said = check(false);
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.text, HasSubstr("is missing for its item"));
  EXPECT_THAT(said.text, HasSubstr("differs from its item"));
  EXPECT_THAT(said.text, HasSubstr("has no item"));
  EXPECT_THAT(said.text, HasSubstr("4 found wrong, 4 can be mended with --repair"));
  EXPECT_FALSE(store_->get(Family::indexes, entry_key_of(item(1))));  // only looked at

  said = check(true);
  EXPECT_EQ(said.code, 0) << said.text;
  EXPECT_THAT(said.text, HasSubstr("4 found wrong, 4 mended"));
  EXPECT_EQ(store_->get(Family::indexes, entry_key_of(item(1))), entry_of(item(1)));
  EXPECT_EQ(store_->get(Family::indexes, entry_key_of(item(3))), entry_of(item(3)));
  EXPECT_FALSE(store_->get(Family::indexes, entry_key_of(stranger)));
  EXPECT_FALSE(store_->get(Family::indexes, entry_key_of(item(500))));
  EXPECT_THAT(check(false).text, HasSubstr("nothing is wrong"));
}

TEST_F(CheckedFolder, LosesThePositionsOfMappingsThatHaveGone) {
  const std::string stays = storage::document_key({"lambda", "position", "there", "shard"}),
                    goes = storage::document_key({"lambda", "position", "gone", "shard"});
  change([&](storage::Txn& txn) {
    storage::put_document(txn, storage::document_key({"lambda-mapping", "111111111111", "us-east-1", "there"}),
                          {{"a", 1}});
    txn.put(Family::meta, stays, "{}");
    txn.put(Family::meta, goes, "{}");
  });
  EXPECT_THAT(check(false).text, HasSubstr("a position of the event source mapping gone"));
  EXPECT_EQ(check(true).code, 0);
  EXPECT_TRUE(store_->get(Family::meta, stays));
  EXPECT_FALSE(store_->get(Family::meta, goes));
}

TEST_F(CheckedFolder, IsNotMendedWhereNothingTellsWhatWasThere) {
  change([&](storage::Txn& txn) {
    txn.put(Family::items, key_of(item(5)), "damaged");
    txn.put(Family::meta, storage::document_key({"unknown", "x"}), "{damaged");
  });
  const Said said = check(true);
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.text, HasSubstr("an item of the table t is damaged"));
  EXPECT_THAT(said.text, HasSubstr("the document unknown/x isn't JSON"));
}

TEST(CheckOfNoFolder, SaysSo) {
  std::ostringstream out;
  EXPECT_EQ(check_data_folder("/nowhere", all_checks(), false, out), 2);
  EXPECT_THAT(out.str(), HasSubstr("is no data folder"));
}

}  // namespace
}  // namespace millrace::server
