// The stored form of tables: what earlier versions of the program wrote is read by this one.

#include <gtest/gtest.h>

#include "emulator/tables/table.h"

namespace millrace::tables {
namespace {

// As written by version 1, member for member.
constexpr const char* kVersion1 = R"({
  "version": 1, "account": "123456789012", "region": "us-east-1", "name": "orders",
  "arn": "arn:aws:dynamodb:us-east-1:123456789012:table/orders", "uuid": "u", "id": 7,
  "attributes": [["pk", 1], ["n", 2]], "key": {"partition": [["pk", 1]], "sort": []},
  "indexes": [{"id": 8, "name": "by-n", "kind": 1, "key": {"partition": [["n", 2]], "sort": []}, "projection": 3,
               "non_key_attributes": ["a"], "status": 4, "backfilling": false, "throughput": [1, 2, 0, 0, 0],
               "on_demand": [-1, -1], "warm": [-1, -1]}],
  "billing": 2, "billing_was_set": true, "pay_per_request_since_ms": 5, "throughput": [0, 0, 0, 0, 0],
  "on_demand": [10, -1], "warm": [-1, -1],
  "stream": {"enabled": true, "view_type": 4, "arn": "a", "label": "l", "id": 9}, "ttl_attribute": "until",
  "status": 4, "created_ms": 6, "deletion_protection": true, "history_id": 0, "replicas": [["eu-west-1", 4]],
  "settings": {"Tags": [{"Key": "a", "Value": "b"}], "of a later version": 1}})";

TEST(TableDocument, ReadsWhatVersion1Wrote) {
  auto document = parse_json(kVersion1);
  ASSERT_TRUE(document);
  auto table = table_from_document(*document);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->name, "orders");
  EXPECT_EQ(table->billing, BillingMode::pay_per_request);
  ASSERT_TRUE(table->index("by-n"));
  EXPECT_EQ(table->index("by-n")->projection.type, ProjectionType::include);
  EXPECT_EQ(table->on_demand.max_read_units, 10);
  EXPECT_EQ(table->replicas.at(0).region, "eu-west-1");
  EXPECT_TRUE(table->settings.contains("of a later version"));
}

TEST(TableDocument, IsTheSameAfterReadingAndWriting) {
  auto document = parse_json(kVersion1);
  ASSERT_TRUE(document);
  EXPECT_EQ(to_document(*table_from_document(*document)), *document);
}

TEST(TableDocument, RefusesOtherVersionsAndDamage) {
  auto document = parse_json(kVersion1);
  ASSERT_TRUE(document);
  Json later = *document;
  later["version"] = 2;
  EXPECT_FALSE(table_from_document(later));
  Json damaged = *document;
  damaged.erase("stream");
  EXPECT_FALSE(table_from_document(damaged));
  damaged = *document;
  damaged["id"] = "seven";
  EXPECT_FALSE(table_from_document(damaged));
}

}  // namespace
}  // namespace millrace::tables
