// The stored forms of buses, rules, archives, replays, connections and API destinations (storage/KEYS.md).

#include "emulator/services/eventbridge/model.h"

#include <gtest/gtest.h>

#include "emulator/base/encoding.h"
#include "tests/unit/storage/rewritten.h"

namespace millrace::eventbridge {
namespace {

const BusName kOrders{{"123456789012", "us-east-1"}, "orders"};

// As the first versions of the program wrote them.
constexpr const char* kBus =
    R"({"Name":"orders","Arn":"arn:b","Description":"d","KmsKeyIdentifier":"k","DeadLetterConfig":{"Arn":"arn:q"},)"
    R"("LogConfig":{"Level":"OFF"},"Policy":"{}","CreationTime":1.5,"LastModifiedTime":2.5,)"
    R"("_tags":[{"Key":"a","Value":"b"}]})";
constexpr const char* kRule =
    R"#({"Name":"r","Arn":"arn:r","EventPattern":"{}","ScheduleExpression":"rate(1 minute)","State":"DISABLED",)#"
    R"("Description":"d","RoleArn":"arn:role","EventBusName":"orders","_created_by":"123456789012","_tags":[],)"
    R"("_targets":[{"Id":"1","Arn":"arn:t","HttpParameters":{}}],"_since_ms":5,"_fired_ms":6})";
constexpr const char* kArchive =
    R"({"ArchiveName":"a","EventSourceArn":"arn:b","Description":"d","EventPattern":"{}","KmsKeyIdentifier":"k",)"
    R"("RetentionDays":3,"State":"ENABLED","SizeBytes":10,"EventCount":2,"CreationTime":1.5,"_id":7})";
constexpr const char* kReplay =
    R"({"ReplayName":"p","Description":"d","Destination":{"Arn":"arn:b"},"EventSourceArn":"arn:a",)"
    R"("EventStartTime":1.0,"EventEndTime":2.0,"ReplayStartTime":3.5,"State":"COMPLETED","EventLastReplayedTime":1.5,)"
    R"("ReplayEndTime":4.5,"_archive_id":7,"_start_ms":1000,"_end_ms":2000,"_after":"61"})";
constexpr const char* kConnection =
    R"({"Name":"c","ConnectionArn":"arn:c","SecretArn":"arn:s","CreationTime":1.5,"AuthorizationType":"API_KEY",)"
    R"("Description":"d","AuthParameters":{"ApiKeyAuthParameters":{"ApiKeyName":"x"}},"ConnectionState":"AUTHORIZED",)"
    R"("LastModifiedTime":2.5,"LastAuthorizedTime":3.5})";
constexpr const char* kDestination =
    R"({"Name":"d","ApiDestinationArn":"arn:d","ApiDestinationState":"ACTIVE","CreationTime":1.5,)"
    R"("InvocationRateLimitPerSecond":300,"Description":"t","ConnectionArn":"arn:c","InvocationEndpoint":"http://x",)"
    R"("HttpMethod":"POST","LastModifiedTime":2.5})";

TEST(EventsModel, AreAsDocumented) {
  EXPECT_EQ(to_hex(bus_key(kOrders)),
            "6576656e74730000313233343536373839303132000075732d656173742d31000062757300006f72646572730000");
  EXPECT_EQ(to_hex(rule_key(kOrders, "r")),
            "6576656e74730000313233343536373839303132000075732d656173742d31000072756c6500006f7264657273000072"
            "0000");
  EXPECT_EQ(to_hex(named_key(kOrders.scope, "archive", "a")),
            "6576656e74730000313233343536373839303132000075732d656173742d310000617263686976650000610000");
}

TEST(EventsModel, EarlierFormsAreRead) {
  EXPECT_EQ(storage::rewritten<Bus>(kBus, "_form"), kBus);
  EXPECT_EQ(storage::rewritten<Rule>(kRule, "_form"), kRule);
  EXPECT_EQ(storage::rewritten<Archive>(kArchive, "_form"), kArchive);
  EXPECT_EQ(storage::rewritten<Replay>(kReplay, "_form"), kReplay);
  EXPECT_EQ(storage::rewritten<Connection>(kConnection, "_form"), kConnection);
  EXPECT_EQ(storage::rewritten<ApiDestination>(kDestination, "_form"), kDestination);
  const auto rule = storage::from_document<Rule>(*parse_json(kRule));
  ASSERT_TRUE(rule);
  EXPECT_TRUE(rule->is_disabled());
  EXPECT_EQ(rule->schedule, "rate(1 minute)");
  EXPECT_EQ(text_of(rule->targets.at(0), "Id"), "1");
}

TEST(EventsModel, WhatIsOursIsNotShown) {
  const auto archive = storage::from_document<Archive>(*parse_json(kArchive));
  ASSERT_TRUE(archive);
  Json expected = *parse_json(kArchive);
  expected.erase("_id");
  EXPECT_EQ(to_text(shown(*archive)), to_text(expected));
  EXPECT_EQ(to_text(shown(Bus{.name = "default", .arn = "arn:b"})), R"({"Name":"default","Arn":"arn:b"})");
}

TEST(EventsModel, ALaterFormAndDamageAreRefused) {
  EXPECT_TRUE(storage::refuses_damage<Bus>(kBus, "Arn", "_form"));
  EXPECT_TRUE(storage::refuses_damage<Rule>(kRule, "_targets", "_form"));
  EXPECT_TRUE(storage::refuses_damage<Archive>(kArchive, "_id", "_form"));
  EXPECT_TRUE(storage::refuses_damage<Replay>(kReplay, "State", "_form"));
  EXPECT_TRUE(storage::refuses_damage<Connection>(kConnection, "ConnectionState", "_form"));
  EXPECT_TRUE(storage::refuses_damage<ApiDestination>(kDestination, "HttpMethod", "_form"));
}

}  // namespace
}  // namespace millrace::eventbridge
