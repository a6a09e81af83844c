// Keys as stored. The vectors are those of emulator/storage/KEYS.md: a change here is a change of the format.

#include "emulator/tables/item_keys.h"

#include <gtest/gtest.h>

#include "emulator/base/encoding.h"
#include "emulator/tables/item_write.h"

namespace millrace::tables {
namespace {

Number number(const char* text) {
  return *Number::parse(text);
}

Table users() {
  Table table;
  table.id = 7;
  table.attributes = {
      {"pk", AttributeType::S}, {"sk", AttributeType::N}, {"g", AttributeType::S}, {"b", AttributeType::B}};
  table.key.partition = {{"pk", AttributeType::S}};
  table.key.sort = {{"sk", AttributeType::N}};
  Index index;
  index.id = 9;
  index.name = "by-g";
  index.key.partition = {{"g", AttributeType::S}};
  index.key.sort = {{"b", AttributeType::B}};
  table.indexes.push_back(index);
  return table;
}

AttributeMap user() {
  AttributeMap item;
  item.set("pk", AttributeValue("a"));
  item.set("sk", AttributeValue(number("1")));
  item.set("g", AttributeValue("x"));
  item.set("b", AttributeValue(Binary{std::string("\0\1", 2)}));
  item.set("more", AttributeValue("m"));
  return item;
}

TEST(ItemKeys, AreAsDocumented) {
  Table table = users();
  EXPECT_EQ(to_hex(*item_key(table, user())),
            "0000000000000007"
            "eadb4095"
            "610000"
            "03820b00ff0000");
  EXPECT_EQ(to_hex(*index_key(table, table.indexes[0], user())),
            "0000000000000007"
            "0000000000000009"
            "1cd9dca2"
            "780000"
            "00ff010000"
            "610000"
            "03820b00ff0000");
  EXPECT_EQ(to_hex(expiry_key(table, 1700000000, *item_key(table, user()))),
            "0000000000000007"
            "0000000000000000"
            "000000006553f100"
            "eadb4095"
            "610000"
            "03820b00ff0000");
}

TEST(ItemKeys, HashIsThatOfThePartitionPart) {
  Table table = users();
  EXPECT_EQ(hash_of_item_key(*item_key(table, user())), partition_hash(std::string("a\0\0", 3)));
}

TEST(ItemKeys, SortBySortKeyWithinAPartition) {
  Table table = users();
  std::string before;
  for (const char* text : {"-1e125", "-10", "-9.5", "-1e-130", "0", "1e-130", "0.5", "2", "10", "9e125"}) {
    AttributeMap item = user();
    item.set("sk", AttributeValue(number(text)));
    std::string key = *item_key(table, item);
    EXPECT_LT(before, key) << text;
    before = key;
  }
}

TEST(ItemKeys, MissingOrWronglyTypedKeyHasNone) {
  Table table = users();
  AttributeMap item = user();
  item.set("sk", AttributeValue("1"));
  EXPECT_FALSE(item_key(table, item));
  item.erase("sk");
  EXPECT_FALSE(item_key(table, item));
}

TEST(IndexKeys, AreSparse) {
  Table table = users();
  AttributeMap item = user();
  item.erase("b");
  EXPECT_FALSE(index_key(table, table.indexes[0], item));
  item.set("b", AttributeValue("text"));
  EXPECT_FALSE(index_key(table, table.indexes[0], item));
  item.set("b", AttributeValue(Binary{""}));
  EXPECT_FALSE(index_key(table, table.indexes[0], item));
}

TEST(IndexKeys, ProjectWhatTheIndexHolds) {
  Table table = users();
  Index& index = table.indexes[0];
  index.projection.type = ProjectionType::keys_only;
  EXPECT_EQ(project(table, index, user()).size(), 4u);
  index.projection = {ProjectionType::include, {"more", "absent"}};
  EXPECT_EQ(project(table, index, user()).size(), 5u);
  index.projection = {};
  EXPECT_EQ(project(table, index, user()), user());
}

TEST(Segments, CoverAllHashesOnce) {
  for (uint32_t total : {1u, 2u, 3u, 7u, 1000u, 1000000u}) {
    uint64_t next = 0;
    for (uint32_t segment = 0; segment < total; ++segment) {
      HashRange range = segment_range(segment, total);
      ASSERT_EQ(range.first, next);
      next = uint64_t{range.last} + 1;
    }
    EXPECT_EQ(next, uint64_t{1} << 32);
  }
}

TEST(Expiry, IsASecondOfTheAttribute) {
  Table table = users();
  table.ttl_attribute = "ttl";
  AttributeMap item = user();
  EXPECT_FALSE(expiry_of(table, item));
  item.set("ttl", AttributeValue("1700000000"));
  EXPECT_FALSE(expiry_of(table, item));
  item.set("ttl", AttributeValue(number("1700000000.9")));
  EXPECT_EQ(expiry_of(table, item), 1700000000);
  item.set("ttl", AttributeValue(number("-1")));
  EXPECT_FALSE(expiry_of(table, item));
  item.set("ttl", AttributeValue(number("1e100")));
  EXPECT_FALSE(expiry_of(table, item));
}

}  // namespace
}  // namespace millrace::tables
