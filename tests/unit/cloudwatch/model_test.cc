// The stored forms of alarms, mute rules and dashboards (storage/KEYS.md).

#include "emulator/services/cloudwatch/model.h"

#include <gtest/gtest.h>

#include "emulator/base/encoding.h"
#include "emulator/services/cloudwatch/alarm_state.h"
#include "emulator/services/cloudwatch/state.h"
#include "tests/unit/storage/rewritten.h"

namespace millrace::cloudwatch {
namespace {

const Scope kScope{"123456789012", "us-east-1"};

// As the first versions of the program wrote them.
constexpr const char* kAlarm =
    R"({"AlarmName":"a","AlarmArn":"arn:a","AlarmConfigurationUpdatedTimestamp":1.5,"ActionsEnabled":true,)"
    R"("OKActions":[],"AlarmActions":["arn:t"],"InsufficientDataActions":[],"StateValue":"OK","StateReason":"r",)"
    R"("StateReasonData":"{}","StateUpdatedTimestamp":2.5,"StateTransitionedTimestamp":3.5,)"
    R"("_tags":[{"Key":"a","Value":"b"}],"_evaluated_s":7,"AlarmDescription":"d","MetricName":"m","Namespace":"n",)"
    R"("Statistic":"Sum","Dimensions":[{"Name":"x","Value":"y"}],"Period":60,"Unit":"Count","EvaluationPeriods":3,)"
    R"("DatapointsToAlarm":2,"Threshold":1.0,"ComparisonOperator":"GreaterThanThreshold","TreatMissingData":"ignore"})";
constexpr const char* kComposite =
    R"({"AlarmName":"c","AlarmArn":"arn:c","AlarmConfigurationUpdatedTimestamp":1.5,"ActionsEnabled":false,)"
    R"("OKActions":[],"AlarmActions":[],"InsufficientDataActions":[],"StateValue":"OK","StateReason":"r",)"
    R"#("StateUpdatedTimestamp":2.5,"_tags":[],"AlarmRule":"ALARM(a)"})#";
constexpr const char* kMuteRule =
    R"({"Name":"m","AlarmMuteRuleArn":"arn:m","Description":"d","Rule":{"Schedule":{}},)"
    R"("MuteTargets":{"AlarmNames":["a"]},"StartDate":1.0,"ExpireDate":2.0,"MuteType":"RECURRING",)"
    R"("LastUpdatedTimestamp":2.5,"_tags":[]})";
constexpr const char* kDashboard =
    R"({"DashboardName":"d","DashboardArn":"arn:d","LastModified":1.5,"Size":2,"_body":"{}"})";

TEST(CloudWatchModel, AreAsDocumented) {
  EXPECT_EQ(to_hex(alarm_key(kScope, "a")),
            "636c6f756477617463680000313233343536373839303132000075732d656173742d310000616c61726d0000610000");
  EXPECT_EQ(to_hex(mute_rule_key(kScope, "m")),
            "636c6f756477617463680000313233343536373839303132000075732d656173742d3100006d75746500006d0000");
  EXPECT_EQ(to_hex(dashboard_key("123456789012", "d")),
            "636c6f756477617463680000313233343536373839303132000064617368626f6172640000640000");
}

TEST(CloudWatchModel, EarlierFormsAreRead) {
  EXPECT_EQ(storage::rewritten<Alarm>(kAlarm, "_form"), kAlarm);
  EXPECT_EQ(storage::rewritten<Alarm>(kComposite, "_form"), kComposite);
  EXPECT_EQ(storage::rewritten<MuteRule>(kMuteRule, "_form"), kMuteRule);
  EXPECT_EQ(storage::rewritten<Dashboard>(kDashboard, "_form"), kDashboard);
  const auto alarm = storage::from_document<Alarm>(*parse_json(kAlarm));
  ASSERT_TRUE(alarm);
  EXPECT_FALSE(alarm->is_composite());
  const AlarmRule rule = AlarmRule::of(*alarm);
  EXPECT_EQ(rule.evaluation_periods, 3);
  EXPECT_EQ(rule.datapoints_to_alarm, 2);
  EXPECT_EQ(rule.treat_missing, "ignore");
  EXPECT_EQ(metric_of(kScope, *alarm).dimensions.at("x"), "y");
}

TEST(CloudWatchModel, ALaterFormAndDamageAreRefused) {
  EXPECT_TRUE(storage::refuses_damage<Alarm>(kAlarm, "StateValue", "_form"));
  EXPECT_TRUE(storage::refuses_damage<MuteRule>(kMuteRule, "Rule", "_form"));
  EXPECT_TRUE(storage::refuses_damage<Dashboard>(kDashboard, "_body", "_form"));
}

}  // namespace
}  // namespace millrace::cloudwatch
