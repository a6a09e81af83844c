#include "emulator/base/attribute/number.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "emulator/base/json.h"

namespace millrace {
namespace {

/// Cases computed by Python's decimal: tests/data/make_numbers.py.
std::vector<Json> cases() {
  std::ifstream in(MILLRACE_TESTS_DIR "/data/numbers.jsonl");
  std::vector<Json> out;
  for (std::string line; std::getline(in, line);) out.push_back(Json::parse(line));
  EXPECT_GT(out.size(), 3000u);
  return out;
}

const std::map<std::string, NumberError> kErrors = {{"malformed", NumberError::malformed},
                                                    {"overflow", NumberError::overflow},
                                                    {"underflow", NumberError::underflow},
                                                    {"too_precise", NumberError::too_precise}};

Number number(const std::string& text) {
  auto parsed = Number::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Number());
}

std::string key(const Number& value) {
  std::string out;
  value.append_key(out);
  return out;
}

TEST(Number, AgreesWithPythonsDecimalOnParsing) {
  for (const Json& c : cases()) {
    if (!c.contains("parse")) continue;
    auto text = c["parse"].get<std::string>();
    NumberError why{};
    auto parsed = Number::parse(text, &why);
    ASSERT_EQ(parsed.has_value(), c["error"].is_null()) << text;
    if (parsed) {
      EXPECT_EQ(parsed->text(), c["text"].get<std::string>()) << text;
    } else {
      EXPECT_EQ(why, kErrors.at(c["error"])) << text;
    }
  }
}

TEST(Number, AgreesWithPythonsDecimalOnSums) {
  for (const Json& c : cases()) {
    if (!c.contains("add")) continue;
    Number a = number(c["add"][0]), b = number(c["add"][1]);
    auto check = [&](const std::optional<Number>& result, const Json& expected) {
      ASSERT_EQ(result.has_value(), !expected.is_null()) << c;
      EXPECT_EQ(result ? result->text() : "", expected.is_null() ? "" : expected.get<std::string>()) << c;
    };
    check(Number::add(a, b), c["sum"]);
    check(Number::add(b, a), c["sum"]);
    check(Number::subtract(a, b), c["difference"]);
  }
}

TEST(Number, KeysAndComparisonsFollowNumericOrder) {
  for (const Json& c : cases()) {
    if (!c.contains("order")) continue;
    std::vector<Number> values;
    for (const Json& text : c["order"]) values.push_back(number(text));
    for (size_t i = 0; i + 1 < values.size(); ++i) {
      EXPECT_LT(values[i], values[i + 1]);
      EXPECT_LT(key(values[i]), key(values[i + 1])) << values[i].text() << " " << values[i + 1].text();
      // Whatever follows in a longer key doesn't disturb the order.
      EXPECT_LT(key(values[i]) + "\xff", key(values[i + 1]) + std::string(1, '\0'));
    }
  }
}

TEST(Number, RoundTripsThroughItsKeyAndItsStoredForm) {
  for (const Json& c : cases()) {
    if (!c.contains("add")) continue;
    Number value = number(c["add"][0]);
    EXPECT_EQ(Number::from_key(key(value)), value);
    EXPECT_LE(key(value).size(), 22u);
    std::string stored;
    value.append_stored(stored);
    EXPECT_LE(stored.size(), 21u);
    stored += "rest";
    std::string_view bytes = stored;
    EXPECT_EQ(Number::take_stored(bytes), value);
    std::string_view printed = stored;
    char text[Number::kTextMax];
    EXPECT_EQ(std::string(text, Number::print_stored(text, printed)), value.text());
    EXPECT_EQ(printed, "rest");
    EXPECT_EQ(bytes, "rest");
  }
}

// AWS checks zero's exponent as if its last written digit were significant.
TEST(Number, ZeroHasARangeToo) {
  EXPECT_EQ(number("0.0e126"), Number());
  NumberError why{};
  EXPECT_FALSE(Number::parse("0e126", &why));
  EXPECT_EQ(why, NumberError::overflow);
  EXPECT_FALSE(Number::parse("0e-131", &why));
  EXPECT_EQ(why, NumberError::underflow);
  EXPECT_EQ(number("-0").text(), "0");
  EXPECT_EQ(number("000"), Number());
}

TEST(Number, ConvertsIntegers) {
  for (int64_t v : {int64_t{0}, int64_t{7}, int64_t{-7}, int64_t{1000}, int64_t{-120}, int64_t{999999999999999999}}) {
    EXPECT_EQ(Number(v).text(), std::to_string(v));
    EXPECT_EQ(Number(v).to_int64(), v);
    EXPECT_EQ(Number(v), number(std::to_string(v)));
  }
  EXPECT_EQ(Number(INT64_MIN).text(), "-9223372036854775808");
  EXPECT_FALSE(number("1.5").to_int64());
  EXPECT_FALSE(number("1e18").to_int64());
}

TEST(Number, CountsBytesByDigitPairs) {
  EXPECT_EQ(number("0").size_bytes(), 1u);
  EXPECT_EQ(number("5").size_bytes(), 2u);
  EXPECT_EQ(number("27").size_bytes(), 2u);
  EXPECT_EQ(number("-27").size_bytes(), 3u);
  EXPECT_EQ(number("461").size_bytes(), 3u);
  EXPECT_EQ(number("1e100").size_bytes(), 2u);
  EXPECT_EQ(number(std::string(38, '9')).size_bytes(), 20u);
  EXPECT_EQ(number("-" + std::string(38, '9')).size_bytes(), 21u);
}

TEST(Number, RefusesDamagedKeys) {
  for (std::string_view bytes :
       {std::string_view(""), std::string_view("\x03", 1), std::string_view("\x03\x80\x00", 3),
        std::string_view("\x05\x80\x01\x00", 4), std::string_view("\x03\x80\x80\x00", 4),
        std::string_view("\x03\x80\x02\x01", 4), std::string_view("\x03\x80\x01\x01\x00", 5)}) {
    EXPECT_FALSE(Number::from_key(bytes));
  }
}

}  // namespace
}  // namespace millrace
