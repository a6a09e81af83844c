// The stored forms of log groups, streams and filters (storage/KEYS.md).

#include <gtest/gtest.h>

#include "emulator/base/encoding.h"
#include "emulator/services/logs/metric_filters.h"
#include "emulator/services/logs/subscriptions.h"
#include "tests/unit/storage/rewritten.h"

namespace millrace::logs {
namespace {

const Place kPlace{"123456789012", "us-east-1"};

constexpr const char* kGroup =
    R"({"id":7,"name":"/app","created_ms":5,"class":"DELIVERY","tags":{"z":"1","a":"2"},"retention_days":2,)"
    R"("deletion_protection":true,"metric_filters":1,"subscriptions":2,"kms_key_id":"arn:k","data_key":9,)"
    R"("data_keys":[8,9],"data_protection":{"document":"{}","updated_ms":6},)"
    R"("index_policy":{"document":"[]","updated_ms":7}})";
constexpr const char* kStream =
    R"({"id":8,"name":"s","created_ms":5,"first_event_ms":6,"last_event_ms":7,"last_ingestion_ms":8,"bytes":9})";

// As the first versions of the program wrote them.
constexpr const char* kSubscription =
    R"({"filterName":"f","logGroupName":"/app","filterPattern":"","destinationArn":"arn:f","distribution":"Random",)"
    R"("applyOnTransformedLogs":false,"creationTime":5,"fieldSelectionCriteria":"c","emitSystemFields":["@aws.region"]})";
constexpr const char* kMetricFilter =
    R"({"filterName":"m","filterPattern":"x","metricTransformations":[{"metricName":"n","metricValue":"1"}],)"
    R"("creationTime":5,"logGroupName":"/app","applyOnTransformedLogs":true,"fieldSelectionCriteria":"c",)"
    R"("emitSystemFieldDimensions":["@aws.region"]})";

TEST(LogsModel, AreAsDocumented) {
  EXPECT_EQ(to_hex(group_key(kPlace, "/app")),
            "6c6f67730000313233343536373839303132000075732d656173742d31000067726f757000002f6170700000");
  EXPECT_EQ(to_hex(stream_key(kPlace, "/app", "s")),
            "6c6f67730000313233343536373839303132000075732d656173742d31000073747265616d00002f6170700000730000");
  EXPECT_EQ(to_hex(subscription_key(kPlace, "/app", "f")),
            "6c6f67730000313233343536373839303132000075732d656173742d310000737562736372697074696f6e00002f6170"
            "700000660000");
  EXPECT_EQ(to_hex(metric_filter_key(kPlace, "/app", "m")),
            "6c6f67730000313233343536373839303132000075732d656173742d3100006d65747269635f66696c74657200002f61"
            "707000006d0000");
}

TEST(LogsModel, EarlierFormsAreRead) {
  EXPECT_EQ(storage::rewritten<LogGroup>(kGroup), kGroup);
  EXPECT_EQ(storage::rewritten<LogStream>(kStream), kStream);
  EXPECT_EQ(storage::rewritten<SubscriptionFilter>(kSubscription, "_form"), kSubscription);
  EXPECT_EQ(storage::rewritten<MetricFilter>(kMetricFilter, "_form"), kMetricFilter);
  const auto group = storage::from_document<LogGroup>(*parse_json(kGroup));
  ASSERT_TRUE(group);
  EXPECT_EQ(group->data_keys, (std::vector<uint64_t>{8, 9}));
  EXPECT_EQ(group->index_policy->document, "[]");
  EXPECT_EQ(retention_horizon(*group, 3 * 86'400'000), 86'400'000);
  // As the first versions of the program wrote them.
  const auto first = storage::from_document<LogGroup>(
      *parse_json(R"({"id":7,"name":"/app","created_ms":5,"class":"STANDARD","tags":{}})"));
  ASSERT_TRUE(first);
  EXPECT_EQ(retention_horizon(*first, 3 * 86'400'000), 0);
  const auto empty = storage::from_document<LogStream>(*parse_json(R"({"id":8,"name":"s","created_ms":5})"));
  ASSERT_TRUE(empty);
  EXPECT_FALSE(empty->last_event_ms);
}

TEST(LogsModel, ALaterFormAndDamageAreRefused) {
  EXPECT_TRUE(storage::refuses_damage<LogGroup>(kGroup, "id"));
  EXPECT_TRUE(storage::refuses_damage<LogStream>(kStream, "name"));
  EXPECT_TRUE(storage::refuses_damage<SubscriptionFilter>(kSubscription, "destinationArn", "_form"));
  EXPECT_TRUE(storage::refuses_damage<MetricFilter>(kMetricFilter, "metricTransformations", "_form"));
}

}  // namespace
}  // namespace millrace::logs
