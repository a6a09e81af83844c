#include "runtime/filter/explain_fields.h"

#include <gtest/gtest.h>

namespace millrace::filter {
namespace {

const char* kEvent =
    R"({"eventName":"MODIFY","dynamodb":{"NewImage":{"Total":{"N":"250"},"State":{"S":"Open"}}},"body":"{not json","n":5})";

FieldVerdict only(const std::string& pattern) {
  Explanation explanation = explain_fields(pattern, kEvent);
  EXPECT_TRUE(explanation.valid) << explanation.problem;
  EXPECT_EQ(explanation.fields.size(), 1u);
  return explanation.fields.empty() ? FieldVerdict{} : explanation.fields.front();
}

TEST(ExplainFields, SaysOfEachFieldWhetherItHolds) {
  Explanation explanation = explain_fields(R"({"eventName":["INSERT","MODIFY"],"n":[6]})", kEvent);
  EXPECT_TRUE(explanation.valid);
  EXPECT_FALSE(explanation.matches);
  ASSERT_EQ(explanation.fields.size(), 2u);
  EXPECT_TRUE(explanation.fields[0].holds);
  EXPECT_EQ(explanation.fields[0].found, "\"MODIFY\"");
  EXPECT_FALSE(explanation.fields[1].holds);
  EXPECT_EQ(explanation.fields[1].found, "5");
}

TEST(ExplainFields, NumericComparesNumbers) {
  FieldVerdict field = only(R"({"dynamodb":{"NewImage":{"Total":{"N":[{"numeric":[">",100]}]}}}})");
  EXPECT_EQ(field.path, "dynamodb.NewImage.Total.N");
  EXPECT_EQ(field.hint, "it is the string \"250\"; numeric compares numbers, and DynamoDB writes N as a string");
}

TEST(ExplainFields, TheTypeMustBeNamed) {
  EXPECT_EQ(only(R"({"dynamodb":{"NewImage":{"State":["Open"]}}})").hint,
            "it is a DynamoDB value: name its type, dynamodb.NewImage.State.S");
}

TEST(ExplainFields, AStringIsNoNumber) {
  EXPECT_EQ(only(R"({"n":["5"]})").hint, "the pattern has \"5\", the event 5: a string and a number are never equal");
}

TEST(ExplainFields, CapitalLettersCount) {
  EXPECT_EQ(only(R"({"dynamodb":{"NewImage":{"State":{"S":["open"]}}}})").hint,
            "only capital letters differ: {\"equals-ignore-case\": \"open\"}");
  EXPECT_EQ(only(R"({"eventname":["MODIFY"]})").hint, "the event spells it eventName");
}

TEST(ExplainFields, SaysWhereTheFieldIs) {
  EXPECT_EQ(only(R"({"NewImage":{"State":{"S":["Open"]}}})").hint, "the event has it at dynamodb.NewImage.State.S");
  EXPECT_EQ(only(R"({"body":{"a":["b"]}})").hint,
            "body is text, not an object: only a body that is a JSON object can be looked into");
}

TEST(ExplainFields, WhatAwsRefusesIsInvalid) {
  Explanation explanation = explain_fields(R"({"a":"b"})", kEvent);
  EXPECT_FALSE(explanation.valid);
  EXPECT_FALSE(explanation.problem.empty());
}

TEST(ExplainFields, AnEventMustBeAnObject) {
  Explanation explanation = explain_fields(R"({"a":["b"]})", "[]");
  EXPECT_TRUE(explanation.valid);
  EXPECT_FALSE(explanation.matches);
  EXPECT_EQ(explanation.problem, "the event is not a JSON object");
}

}  // namespace
}  // namespace millrace::filter
