#include "emulator/tables/catalog.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

namespace millrace::tables {
namespace {

Table table(const std::string& name, uint64_t id) {
  Table out;
  out.account = "111111111111";
  out.region = "eu-west-1";
  out.name = name;
  out.id = id;
  out.arn = "arn:aws:dynamodb:eu-west-1:111111111111:table/" + name;
  out.attributes = {{"pk", AttributeType::B}, {"sk", AttributeType::N}};
  out.key = {{{"pk", AttributeType::B}}, {{"sk", AttributeType::N}}};
  Index index;
  index.id = id + 1;
  index.name = "i";
  index.key = {{{"sk", AttributeType::N}}, {}};
  index.projection = {ProjectionType::include, {"x", "y"}};
  index.status = IndexStatus::creating;
  index.backfilling = true;
  index.throughput = {1, 2, 3, 4, 5};
  out.indexes = {index};
  out.billing = BillingMode::pay_per_request;
  out.stream = {true, ViewType::old_image, out.arn + "/stream/l", "l", 44};
  out.ttl_attribute = "ttl";
  out.settings = {{"Tags", Json::array()}};
  return out;
}

class CatalogTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "catalog-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    open();
  }
  void TearDown() override {
    catalog_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void open() {
    catalog_.reset();
    store_.reset();
    store_ = std::move(std::get<std::unique_ptr<storage::Store>>(storage::Store::open({folder_ + "/store"})));
    catalog_ = std::make_unique<TableCatalog>(*store_);
  }
  void change(const std::function<void(storage::Txn&)>& fn) {
    Result<void> done = store_->transact([&](storage::Txn& txn) -> Result<void> {
      fn(txn);
      return {};
    });
    ASSERT_FALSE(done.has_error());
  }

  std::string folder_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<TableCatalog> catalog_;
};

TEST_F(CatalogTest, FindsByNameArnAndIdAlsoAfterARestart) {
  change([&](storage::Txn& txn) { catalog_->put(txn, table("users", 7)); });
  for (int round = 0; round < 2; ++round) {
    auto found = catalog_->find("111111111111", "eu-west-1", "users");
    ASSERT_TRUE(found);
    EXPECT_EQ(to_document(*found), to_document(table("users", 7)));
    EXPECT_EQ(catalog_->find("222222222222", "eu-west-1", "users"), nullptr);
    EXPECT_EQ(catalog_->find("111111111111", "us-east-1", "users"), nullptr);
    EXPECT_EQ(catalog_->find("222222222222", "eu-west-1", found->arn), found);
    EXPECT_EQ(catalog_->find("222222222222", "us-east-1", found->arn), nullptr);
    EXPECT_EQ(catalog_->by_id(7), found);
    open();
  }
}

TEST_F(CatalogTest, ListsInOrderOfNames) {
  change([&](storage::Txn& txn) {
    uint64_t id = 1;
    for (const char* name : {"b", "a", "B", "c-1", "c"}) catalog_->put(txn, table(name, id += 2));
  });
  std::vector<std::string> names;
  for (const auto& entry : catalog_->list("111111111111", "eu-west-1", "a", 3)) names.push_back(entry->name);
  EXPECT_EQ(names, (std::vector<std::string>{"b", "c", "c-1"}));
  EXPECT_EQ(catalog_->list("111111111111", "eu-west-1").size(), 5u);
  EXPECT_TRUE(catalog_->list("11111111111", "eu-west-1").empty());
}

TEST_F(CatalogTest, IdsAreNeverGivenTwice) {
  uint64_t first = 0, second = 0;
  change([&](storage::Txn& txn) { first = catalog_->next_id(txn); });
  open();
  change([&](storage::Txn& txn) { second = catalog_->next_id(txn); });
  EXPECT_GT(second, first);
}

TEST_F(CatalogTest, ForgetsRemovedTables) {
  change([&](storage::Txn& txn) { catalog_->put(txn, table("users", 7)); });
  change([&](storage::Txn& txn) { catalog_->remove(txn, table("users", 7)); });
  EXPECT_EQ(catalog_->by_id(7), nullptr);
  open();
  EXPECT_TRUE(catalog_->all().empty());
}

}  // namespace
}  // namespace millrace::tables
