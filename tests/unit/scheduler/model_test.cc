// The stored forms of schedules and their groups (storage/KEYS.md).

#include <gtest/gtest.h>

#include "emulator/base/encoding.h"
#include "emulator/services/scheduler/scheduler.h"
#include "tests/unit/storage/rewritten.h"

namespace millrace::scheduler {
namespace {

const Scope kScope{"123456789012", "us-east-1"};

// As the first versions of the program wrote them.
constexpr const char* kGroup =
    R"({"Arn":"arn:g","Name":"g","State":"ACTIVE","CreationDate":1.5,"LastModificationDate":2.5,)"
    R"("_tags":[{"Key":"a","Value":"b"}]})";
constexpr const char* kSchedule =
    R"#({"Arn":"arn:s","Name":"s","GroupName":"g","ScheduleExpression":"rate(1 minute)",)#"
    R"("FlexibleTimeWindow":{"Mode":"OFF"},"Target":{"Arn":"arn:t","RoleArn":"arn:r","RetryPolicy":{}},)"
    R"("Description":"d","KmsKeyArn":"arn:k","StartDate":1.0,"EndDate":"2026-01-01T00:00:00Z",)"
    R"("ScheduleExpressionTimezone":"UTC","State":"ENABLED","ActionAfterCompletion":"NONE","CreationDate":1.5,)"
    R"("LastModificationDate":2.5,"_since_ms":5,"_fired_ms":-1,"_end_ms":7})";

TEST(SchedulerModel, AreAsDocumented) {
  EXPECT_EQ(to_hex(group_key(kScope, "g")),
            "7363686564756c65720000313233343536373839303132000075732d656173742d31000067726f75700000670000");
  EXPECT_EQ(to_hex(schedule_key(kScope, "g", "s")),
            "7363686564756c65720000313233343536373839303132000075732d656173742d3100007363686564756c6500006700"
            "00730000");
}

TEST(SchedulerModel, EarlierFormsAreRead) {
  EXPECT_EQ(storage::rewritten<Group>(kGroup, "_form"), kGroup);
  EXPECT_EQ(storage::rewritten<Schedule>(kSchedule, "_form"), kSchedule);
  const auto schedule = storage::from_document<Schedule>(*parse_json(kSchedule));
  ASSERT_TRUE(schedule);
  EXPECT_EQ(schedule->end_ms, 7);
  EXPECT_EQ(schedule->fired_ms, -1);
  EXPECT_EQ(schedule->end->get<std::string>(), "2026-01-01T00:00:00Z");
  EXPECT_EQ(to_text(shown(Group{.arn = "arn:d", .name = "default"})),
            R"({"Arn":"arn:d","Name":"default","State":"ACTIVE"})");
}

TEST(SchedulerModel, ALaterFormAndDamageAreRefused) {
  EXPECT_TRUE(storage::refuses_damage<Group>(kGroup, "Arn", "_form"));
  EXPECT_TRUE(storage::refuses_damage<Schedule>(kSchedule, "Target", "_form"));
}

}  // namespace
}  // namespace millrace::scheduler
