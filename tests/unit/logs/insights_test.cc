// The Insights language without a server: parsing, discovered fields, aggregates beyond what is kept exactly.

#include <gtest/gtest.h>

#include <cmath>

#include "emulator/base/random.h"
#include "emulator/services/logs/insights/aggregate.h"
#include "emulator/services/logs/insights/evaluate.h"
#include "emulator/services/logs/insights/patterns.h"
#include "emulator/services/logs/insights/query.h"
#include "emulator/services/logs/insights/record.h"

namespace millrace::logs::insights {
namespace {

Record record_of(std::string message, bool of_lambda = false) {
  Source source;
  source.event.message = std::move(message);
  source.event.timestamp_ms = 86'400'000;
  source.of_lambda = of_lambda;
  return Record(std::move(source));
}

/// The value of `expression` for a record with that message.
std::string value(const std::string& expression, const std::string& message = "{}") {
  auto parsed = parse_query("fields " + expression + " as x");
  auto* query = std::get_if<Query>(&parsed);
  if (!query) return "error: " + std::get<CompileError>(parsed).message;
  const auto& column = std::get<Fields>(query->commands[0]).columns[0];
  return text_of(evaluate(*column.expression, record_of(message), {}));
}

std::string error_of(const std::string& text) {
  auto parsed = parse_query(text);
  auto* error = std::get_if<CompileError>(&parsed);
  return error ? std::to_string(error->begin) + "-" + std::to_string(error->end) + ": " + error->message : "none";
}

TEST(InsightsExpression, Precedence) {
  EXPECT_EQ(value("2 + 3 * 4 ^ 2"), "50");
  EXPECT_EQ(value("10 - 2 - 3"), "5");
  EXPECT_EQ(value("a = 1 or b = 1 and c = 1", R"({"a":1,"b":0,"c":0})"), "1");
  EXPECT_EQ(value("not a = 1 and b = 1", R"({"a":2,"b":1})"), "1");
  EXPECT_EQ(value("a - -1", R"({"a":"2"})"), "3");
}

TEST(InsightsExpression, TextsThatReadAsNumbersCompareAsNumbers) {
  EXPECT_EQ(value("a < 9", R"({"a":"10"})"), "0");
  EXPECT_EQ(value("a < 'b'", R"({"a":"a"})"), "1");
  EXPECT_EQ(value("a = 1.0", R"({"a":1})"), "1");
  EXPECT_EQ(value("a = true", R"({"a":true})"), "1");
  EXPECT_EQ(value("a < 5", R"({"a":"text"})"), "0");
}

TEST(InsightsExpression, NestingIsBounded) {
  EXPECT_NE(value(std::string(10'000, '(') + "1"), "1");
  EXPECT_NE(value(std::string(10'000, '-') + "1"), "1");
  EXPECT_NE(error_of("filter " + std::string(500, 'n')), "");
  std::string nots;
  for (int i = 0; i < 5000; ++i) nots += "not ";
  EXPECT_NE(error_of("filter " + nots + "a"), "none");
}

TEST(InsightsParser, ErrorsSayWhere) {
  EXPECT_EQ(error_of("fields a\n| filtr b"), "11-16: unexpected symbol found filtr at line 2 and position 2");
  EXPECT_EQ(error_of("filter a ="), "10-10: unexpected symbol found <EOF> at line 1 and position 10");
  EXPECT_EQ(error_of("fields a # | nonsense"), "none");
  EXPECT_EQ(error_of(""), "none");
}

TEST(InsightsParser, SurvivesNoise) {
  static constexpr const char* kPieces[] = {
      "fields ", "filter ",   "stats ",      "sort ",     "parse ",       "limit ", "dedup ",    "display ",
      "by ",     "as ",       "| ",          "count(*) ", "pct(a, 99) ",  "a",      "@message ", "`b c` ",
      "1e9 ",    "5m ",       "'x' ",        "\"*\" ",    "/(?<n>a|b)/ ", "(",      ")",         "[",
      "]",       ",",         "= ",          "!= ",       "=~ ",          "like ",  "not ",      "in ",
      "and ",    "or ",       "+ ",          "- ",        "* ",           "/ ",     "^ ",        "% ",
      "bin(",    "dateceil(", "fromMillis(", "# ",        "\n",           "\\",     "'"};
  SeededRandom random(7);
  int valid = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (uint64_t n = random.below(12); n > 0; --n) text += kPieces[random.below(std::size(kPieces))];
    auto parsed = parse_query(text);
    auto* query = std::get_if<Query>(&parsed);
    if (!query) {
      EXPECT_LE(std::get<CompileError>(parsed).begin, text.size()) << text;
      continue;
    }
    ++valid;
    for (const Command& command : query->commands) {
      if (auto* filter = std::get_if<Filter>(&command)) evaluate(*filter->condition, record_of(R"({"a":1e308})"), {});
    }
  }
  EXPECT_GT(valid, 100);
}

TEST(InsightsExpression, TimesBeyondTheCalendarAreAbsent) {
  EXPECT_EQ(value("fromMillis(1e300)"), "");
  EXPECT_EQ(value("dateceil(@timestamp, 1e300)"), "");
  EXPECT_EQ(value("fromMillis(86400000)"), "1970-01-02 00:00:00.000");
}

TEST(InsightsParser, WhatResultsShow) {
  auto shown = [](const char* text) { return std::get<Query>(parse_query(text)).shown; };
  using Names = std::vector<std::string>;
  EXPECT_EQ(shown("filter a = 1"), (Names{"@timestamp", "@message"}));
  EXPECT_EQ(shown("fields a, b | fields c as d, a"), (Names{"a", "b", "d"}));
  EXPECT_EQ(shown("fields a | display b"), (Names{"b"}));
  EXPECT_EQ(shown("stats count(*), avg( x ) as mean by bin(5m), y"), (Names{"bin(5m)", "y", "count(*)", "mean"}));
}

TEST(InsightsFields, InJson) {
  Record record = record_of(R"({"a":{"b.c":[1,{"d":"x"}]},"e.f":2,"g":null,"h":[]})");
  EXPECT_EQ(text_of(record.get("a.b.c.0")), "1");
  EXPECT_EQ(text_of(record.get("a.b.c.1.d")), "x");
  EXPECT_EQ(text_of(record.get("e.f")), "2");
  EXPECT_TRUE(is_absent(record.get("g")));
  EXPECT_TRUE(is_absent(record.get("a.b.c.9")));
  EXPECT_TRUE(is_absent(record.get("a.b.c.99999999999999999999")));
  EXPECT_EQ(text_of(record.get("a.b.c.1")), R"({"d":"x"})");
  EXPECT_TRUE(is_absent(record_of("not {\"a\":1} json").get("a")));
  EXPECT_EQ(text_of(record_of("some {\"a\":\"}\"} json", true).get("a")), "}");
}

TEST(InsightsFields, OfFunctionsLogs) {
  Record report = record_of(
      "REPORT RequestId: 11111111-2222-3333-4444-555555555555\tDuration: 1.50 ms\tBilled Duration: 2 ms\tMemory Size: "
      "128 MB\tMax Memory Used: 30 MB\t\n",
      true);
  EXPECT_EQ(text_of(report.get("@type")), "REPORT");
  EXPECT_EQ(text_of(report.get("@requestId")), "11111111-2222-3333-4444-555555555555");
  EXPECT_EQ(text_of(report.get("@duration")), "1.5");
  EXPECT_EQ(text_of(report.get("@billedDuration")), "2");
  EXPECT_EQ(text_of(report.get("@memorySize")), "128000000");
  EXPECT_TRUE(is_absent(report.get("@initDuration")));
  EXPECT_TRUE(is_absent(record_of("Duration: 5 ms", true).get("@duration")));
}

TEST(InsightsAggregates, EstimatesBeyondWhatIsKeptAreClose) {
  auto percentile = make_aggregator({"pct", nullptr, 90});
  auto distinct = make_aggregator({"count_distinct", nullptr, 0});
  for (int i = 1; i <= 200'000; ++i) {
    percentile->add(static_cast<double>(i), 0);
    distinct->add(std::to_string(i), 0);
    distinct->add(std::to_string(i), 0);
  }
  EXPECT_NEAR(*number_of(percentile->result()), 180'000, 180'000 * 0.015);
  EXPECT_NEAR(*number_of(distinct->result()), 200'000, 200'000 * 0.06);
}

TEST(InsightsAggregates, Exact) {
  auto result = [](const char* name, std::initializer_list<Value> values) {
    auto aggregator = make_aggregator({name, std::make_shared<Expression>(), 50});
    Millis time = 0;
    for (const Value& value : values) aggregator->add(value, ++time);
    return text_of(aggregator->result());
  };
  EXPECT_EQ(result("count", {1.0, Value(), "x"}), "2");
  EXPECT_EQ(result("sum", {1.0, Value(), "2.5", "x"}), "3.5");
  EXPECT_EQ(result("avg", {}), "");
  EXPECT_EQ(result("median", {4.0, 1.0, 3.0}), "3");
  EXPECT_EQ(result("earliest", {Value(), "first", "last"}), "first");
  EXPECT_EQ(result("latest", {"first", "last", Value()}), "last");
  EXPECT_EQ(result("sortslast", {"a", "c", "b"}), "c");
  EXPECT_EQ(result("max", {"x", 2.0, 10.0}), "10");
}

TEST(InsightsValues, Texts) {
  EXPECT_EQ(number_text(1.0 / 3), "0.3333");
  EXPECT_EQ(number_text(-0.00001), "0");
  EXPECT_EQ(number_text(12345678), "12345678");
  EXPECT_EQ(time_text(86'400'001), "1970-01-02 00:00:00.001");
}

/// The patterns of the texts, "<count> <severity> <text>" each.
std::vector<std::string> patterns_of(const std::vector<std::string>& texts) {
  Patterns patterns;
  for (const std::string& text : texts) patterns.add(text, false);
  std::vector<std::string> out;
  for (const FoundPattern& found : patterns.found())
    out.push_back(std::to_string(found.count) + " " + found.severity + " " + found.text);
  return out;
}

TEST(InsightsPatterns, DynamicTokensByTheirKind) {
  EXPECT_EQ(patterns_of({"2023-01-01 19:00:01 [INFO] Calling DynamoDB to store for resource id 12342342k124-12345",
                         "2023-01-01 19:00:02 [INFO] Calling DynamoDB to store for resource id 324892398123-12345",
                         "2023-01-01 19:00:03 [INFO] Calling DynamoDB to store for resource id 3ff231242342-12345\n"}),
            (std::vector<std::string>{"3 Info <Time-1> [INFO] Calling DynamoDB to store for resource id <ID-2>"}));
  EXPECT_EQ(patterns_of({"10.1.2.3 took 12.5 of 99", "RequestId: 8f5a1b2c-0000-4000-8000-000000000001 done.",
                         "31/Jan/2024:09:05:07 +0000 s3 v2"}),
            (std::vector<std::string>{"1 None <IP-1> took <Number-2> of <Number-3>", "1 None RequestId: <UUID-1> done.",
                                      "1 None <Time-1> s3 v2"}));
}

TEST(InsightsPatterns, WordsThatDifferAreTokensWhereMostAgree) {
  EXPECT_EQ(patterns_of({"[ERROR] no stock for ann today", "[ERROR] no stock for bob today", "[WARN] slow"}),
            (std::vector<std::string>{"2 Error [ERROR] no stock for <Token-1> today", "1 Warning [WARN] slow"}));
  EXPECT_EQ(patterns_of({"all is well", "nothing works here"}).size(), 2u);
}

TEST(InsightsPatterns, TheirNumberAndSizeAreBounded) {
  Patterns patterns;
  std::string text(1, 'a');
  for (int i = 0; i < 600; ++i) patterns.add(text += ",a", false);
  EXPECT_EQ(patterns.found().size(), Patterns::kTokensMax - 1);
  Patterns words;
  for (int i = 0; i < 5000; ++i)
    words.add(std::string(1, static_cast<char>('a' + i % 26)) + std::string(static_cast<size_t>(i / 26 + 1), 'x'),
              false);
  EXPECT_EQ(words.found().size(), Patterns::kPatternsMax + 1);
  EXPECT_EQ(words.found().front().text, "<Token-1>");
}

TEST(InsightsStructures, MapsAndListsOfParsedJson) {
  const std::string message = R"({"text":"{\"list\":[{\"a.b\":1},\"two\"],\"n\":null}"})";
  EXPECT_EQ(value("jsonStringify(jsonParse(text))", message), R"({"list":[{"a.b":1},"two"],"n":null})");
  EXPECT_EQ(value("jsonParse('nothing')", message), "");
  EXPECT_EQ(value("jsonParse('7')", message), "");
  EXPECT_EQ(value("jsonStringify(text)", message), "");
  EXPECT_EQ(value("ispresent(jsonParse('[]'))", message), "1");
}

}  // namespace
}  // namespace millrace::logs::insights
