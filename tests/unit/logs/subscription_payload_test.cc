// What a subscription's destination is handed.

#include <gtest/gtest.h>

#include "emulator/base/compression.h"
#include "emulator/base/encoding.h"
#include "emulator/services/logs/subscriptions.h"

namespace millrace::logs {
namespace {

Json document_of(const std::string& payload) {
  Json frame = *parse_json(payload);
  return *parse_json(*gunzip(*from_base64(text_of(frame["awslogs"], "data")), 8u << 20));
}

TEST(SubscriptionPayload, IsADataMessage) {
  Arrival arrival{{"111122223333", "eu-west-1"}, "/g", "s", 7, 5, 5, 9, 1};
  Event event;
  event.timestamp_ms = 5;
  event.number = 9;
  event.message = "caf\xc3\xa9";
  auto payloads = subscription_payloads(arrival, "f", {event});
  ASSERT_EQ(payloads.size(), 1u);
  EXPECT_EQ(
      to_text(document_of(payloads[0])),
      R"({"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"/g","logStream":"s","subscriptionFilters":["f"],"logEvents":[{"id":")" +
          event_id(event) + R"(","timestamp":5,"message":"café"}]})");
}

TEST(SubscriptionPayload, IsSplitWhereItWouldBeTooLarge) {
  Arrival arrival{{"111122223333", "eu-west-1"}, "/g", "s", 7, 5, 5, 9, 1};
  std::vector<Event> events;
  for (uint64_t n = 0; n < 200; ++n) {
    Event event;
    event.number = n;
    for (int i = 0; i < 100; ++i) event.message += to_hex(sha256(std::to_string(n * 1000 + static_cast<uint64_t>(i))));
    events.push_back(event);
  }
  auto payloads = subscription_payloads(arrival, "f", events);
  EXPECT_GT(payloads.size(), 1u);
  size_t next = 0;
  for (const std::string& payload : payloads) {
    EXPECT_LE(payload.size(), 250'000u);
    Json document = document_of(payload);
    for (const Json& event : document["logEvents"]) EXPECT_EQ(text_of(event, "message"), events[next++].message);
  }
  EXPECT_EQ(next, events.size());
}

}  // namespace
}  // namespace millrace::logs
