#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "emulator/base/attribute/item_json.h"
#include "runtime/filter/filter_pattern.h"

namespace millrace::filter {
namespace {

struct Delivered {
  ports::StreamRecord record;
  RecordSource source;
  std::string text;
};

AttributeMap attributes(const Json& json) {
  return std::get<AttributeMap>(read_attributes(json));
}

/// The typed record that a delivered JSON record stands for.
Delivered delivered(const Json& json) {
  Delivered d;
  d.text = json.dump();
  d.source = {json.at("eventSourceARN"), json.at("awsRegion")};
  const Json& change = json.at("dynamodb");
  d.record.event_id = json.at("eventID");
  std::string name = json.at("eventName");
  d.record.event_name = name == "INSERT"   ? ports::EventName::insert
                        : name == "MODIFY" ? ports::EventName::modify
                                           : ports::EventName::remove;
  d.record.sequence_number = change.at("SequenceNumber");
  d.record.created_ms = change.at("ApproximateCreationDateTime").get<int64_t>() * 1000;
  d.record.size_bytes = change.at("SizeBytes");
  d.record.view_type = change.at("StreamViewType");
  d.record.keys = attributes(change.at("Keys"));
  if (change.contains("NewImage")) d.record.new_image = attributes(change.at("NewImage"));
  if (change.contains("OldImage")) d.record.old_image = attributes(change.at("OldImage"));
  d.record.by_ttl = json.contains("userIdentity");
  return d;
}

void expect_both(const std::string& pattern_text, const Delivered& d, bool match) {
  auto pattern = FilterPattern::compile(pattern_text);
  ASSERT_TRUE(pattern) << pattern_text;
  EXPECT_EQ(pattern->matches(d.record, d.source), match) << "typed: " << pattern_text;
  EXPECT_EQ(pattern->matches_json(d.text), match) << "JSON: " << pattern_text;
}

std::ifstream data(const std::string& file) {
  return std::ifstream(std::string(MILLRACE_TESTS_DIR) + "/data/" + file);
}

// The typed record and its JSON give the same answer to each case.
TEST(RecordLeaves, AnswersTheDynamoDbCases) {
  std::map<std::string, Delivered> records;
  int cases = 0;
  auto in = data("filter-dynamodb.jsonl");
  for (std::string line; std::getline(in, line);) {
    Json row = Json::parse(line);
    if (row.contains("name")) {
      records[row["name"]] = delivered(row["record"]);
    } else {
      expect_both(row["pattern"], records.at(row["record"]), row["match"]);
      ++cases;
    }
  }
  EXPECT_GT(cases, 50);
}

// The rule engine's cases whose event is a DynamoDB record, on the typed record.
TEST(RecordLeaves, AnswersTheRuleEnginesDynamoDbCases) {
  int cases = 0;
  auto in = data("filter-patterns.jsonl");
  for (std::string line; std::getline(in, line);) {
    Json row = Json::parse(line);
    if (!row.contains("event")) continue;
    Json event = Json::parse(row["event"].get<std::string>());
    if (!event.contains("eventSourceARN")) continue;
    expect_both(row["pattern"], delivered(event), row["match"]);
    ++cases;
  }
  EXPECT_GT(cases, 40);
}

TEST(FilterCriteria, PassesWhatAnyPatternMatches) {
  Delivered d = delivered(Json::parse(
      R"({"eventID":"1","eventName":"INSERT","awsRegion":"r","eventSourceARN":"a","dynamodb":{"SequenceNumber":"1",
          "ApproximateCreationDateTime":1,"SizeBytes":1,"StreamViewType":"KEYS_ONLY","Keys":{"k":{"S":"v"}}}})"));
  EXPECT_TRUE(FilterCriteria::compile({})->passes(d.record, d.source));
  EXPECT_TRUE(FilterCriteria::compile({R"({"eventName":["REMOVE"]})", R"({"eventName":["INSERT"]})"})
                  ->passes(d.record, d.source));
  EXPECT_FALSE(FilterCriteria::compile({R"({"eventName":["REMOVE"]})"})->passes(d.record, d.source));
  EXPECT_FALSE(FilterCriteria::compile({R"({"eventName":["REMOVE"]})", "null"}));
}

}  // namespace
}  // namespace millrace::filter
