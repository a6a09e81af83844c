#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/attribute/item_json.h"

namespace millrace {
namespace {

std::variant<AttributeMap, AttributeError> read(const std::string& json) {
  simdjson::dom::parser parser;
  return read_attributes(parser.parse(json).value());
}

AttributeMap item(const std::string& json) {
  auto result = read(json);
  if (auto* error = std::get_if<AttributeError>(&result)) ADD_FAILURE() << json << ": " << error->message;
  return std::holds_alternative<AttributeMap>(result) ? std::get<AttributeMap>(result) : AttributeMap();
}

/// "ser: text" or "val: text" of a value that is refused.
std::string error_of(const std::string& value) {
  auto result = read("{\"a\":" + value + "}");
  auto* error = std::get_if<AttributeError>(&result);
  if (!error) return "accepted";
  return (error->serialization ? "ser: " : "val: ") + error->message;
}

std::string json(const AttributeMap& map) {
  std::string out;
  append_json(out, map);
  return out;
}

const char kEverything[] =
    R"({"b":{"B":"AQID"},"bs":{"BS":["AQ==","Ag=="]},"f":{"BOOL":false},"l":{"L":[{"S":""},{"NULL":true},{"L":[]}]},)"
    R"("m":{"M":{"x":{"N":"-1.5"},"y":{"M":{}}}},"n":{"N":"12300"},"ns":{"NS":["-1","0.5","3"]},"nul":{"NULL":true},)"
    R"("s":{"S":"a\"b\u0001\n"},"ss":{"SS":["a","b"]},"t":{"BOOL":true}})";

TEST(ItemJson, RoundTripsEveryType) {
  EXPECT_EQ(json(item(kEverything)), kEverything);
}

TEST(ItemCodec, RoundTripsEveryType) {
  AttributeMap all = item(kEverything);
  std::string stored = encode_item(all);
  EXPECT_EQ(decode_item(stored), all);
  EXPECT_EQ(stored_size_bytes(stored), size_bytes(all));
  std::string printed;
  EXPECT_TRUE(append_item_json(printed, stored));
  EXPECT_EQ(printed, kEverything);
}

TEST(ItemCodec, EqualItemsHaveEqualBytes) {
  EXPECT_EQ(encode_item(item(R"({"b":{"NS":["1","2"]},"a":{"N":"1.0"}})")),
            encode_item(item(R"({"a":{"N":"1"},"b":{"NS":["2","1.00"]}})")));
}

// Damage must be noticed, never crash: every truncation and every single changed byte.
TEST(ItemCodec, SurvivesDamage) {
  std::string stored = encode_item(item(kEverything));
  for (size_t size = 0; size < stored.size(); ++size) {
    EXPECT_FALSE(decode_item(std::string_view(stored).substr(0, size)));
    std::string printed;
    EXPECT_FALSE(append_item_json(printed, std::string_view(stored).substr(0, size)));
    EXPECT_FALSE(stored_size_bytes(std::string_view(stored).substr(0, size)));
  }
  for (size_t i = 0; i < stored.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = stored;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      std::string printed;
      EXPECT_EQ(decode_item(damaged).has_value(), append_item_json(printed, damaged));
    }
  }
}

TEST(ItemJson, LastOfEqualNamesWins) {
  EXPECT_EQ(json(item(R"({"b":{"S":"1"},"a":{"S":"2"},"b":{"S":"3"}})")), R"({"a":{"S":"2"},"b":{"S":"3"}})");
}

TEST(ItemJson, WrongJsonTypesAreSerializationErrors) {
  EXPECT_EQ(error_of(R"({"S":1})"), "ser: NUMBER_VALUE cannot be converted to String");
  EXPECT_EQ(error_of(R"({"S":1.5})"), "ser: DECIMAL_VALUE cannot be converted to String");
  EXPECT_EQ(error_of(R"({"S":true})"), "ser: TRUE_VALUE cannot be converted to String");
  EXPECT_EQ(error_of(R"({"N":1})"), "ser: NUMBER_VALUE cannot be converted to String");
  EXPECT_EQ(error_of(R"({"S":{}})"), "ser: Start of structure or map found where not expected");
  EXPECT_EQ(error_of(R"({"SS":{}})"), "ser: Start of structure or map found where not expected");
  EXPECT_EQ(error_of(R"({"SS":"a"})"), "ser: Unexpected field type");
  EXPECT_EQ(error_of(R"({"M":1})"), "ser: Unexpected field type");
  EXPECT_EQ(error_of(R"("a")"), "ser: Unexpected value type in payload");
  EXPECT_EQ(error_of(R"([])"),
            "ser: Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue");
  EXPECT_EQ(error_of(R"({"M":[]})"),
            "ser: Unrecognized collection type java.util.Map<java.lang.String, "
            "com.amazonaws.dynamodb.v20120810.AttributeValue>");
  EXPECT_EQ(error_of(R"({"B":1})"), "ser: only base-64-encoded strings are convertible to bytes");
  EXPECT_EQ(error_of(R"({"B":"abc"})"), "ser: Base64 encoded length is expected a multiple of 4 bytes but found: 3");
  EXPECT_EQ(error_of(R"({"B":"ab=="})"), "ser: Invalid last non-pad Base64 character dectected");
  EXPECT_EQ(error_of(R"({"BOOL":"hello"})"), "ser: Unexpected token received from parser");
  EXPECT_EQ(json(item(R"({"a":{"BOOL":"yes"}})")), R"({"a":{"BOOL":true}})");
}

TEST(ItemJson, InvalidValuesHaveDynamoDBsWords) {
  const std::string kEmpty =
      "val: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
  const std::string kP = "val: One or more parameter values were invalid: ";
  EXPECT_EQ(error_of("{}"), kEmpty);
  EXPECT_EQ(error_of(R"({"X":"a"})"), kEmpty);
  EXPECT_EQ(error_of(R"({"S":null})"), kEmpty);
  EXPECT_EQ(error_of(R"({"S":"a","N":"x"})"),
            "val: Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
            "datatypes");
  EXPECT_EQ(error_of(R"({"NULL":false})"), kP + "Null attribute value types must have the value of true");
  EXPECT_EQ(error_of(R"({"SS":[]})"), kP + "An string set  may not be empty");
  EXPECT_EQ(error_of(R"({"NS":[]})"), kP + "An number set  may not be empty");
  EXPECT_EQ(error_of(R"({"BS":[]})"), kP + "Binary sets should not be empty");
  EXPECT_EQ(error_of(R"({"SS":["b","a","b"]})"), kP + "Input collection [b, a, b] contains duplicates.");
  EXPECT_EQ(error_of(R"({"NS":["1","1.0"]})"), "val: Input collection contains duplicates");
  EXPECT_EQ(error_of(R"({"BS":["Ag==","Ag=="]})"), kP + "Input collection [Ag==, Ag==]of type BS contains duplicates.");
  EXPECT_EQ(error_of(R"({"N":"x"})"), "val: The parameter cannot be converted to a numeric value: x");
  EXPECT_EQ(error_of(R"({"N":""})"), "val: The parameter cannot be converted to a numeric value");
  EXPECT_EQ(error_of(R"({"N":"1e126"})"),
            "val: Number overflow. Attempting to store a number with magnitude larger than supported range");
  EXPECT_EQ(error_of(R"({"N":"1e-131"})"),
            "val: Number underflow. Attempting to store a number with magnitude smaller than supported range");
  EXPECT_EQ(error_of(R"({"N":"123456789012345678901234567890123456789"})"),
            "val: Attempting to store more than 38 significant digits in a Number");
  EXPECT_EQ(error_of(R"({"SS":["","a"]})"), "accepted");
}

// The whole request is read before any value is looked at.
TEST(ItemJson, AWrongTypeComesBeforeAnInvalidValue) {
  EXPECT_EQ(error_of(R"({"L":[{"NULL":false},{"S":1}]})"), "ser: NUMBER_VALUE cannot be converted to String");
}

// The scalar is a level, too.
TEST(ItemJson, NestingIsLimitedTo32Levels) {
  auto nested = [](int levels) {
    std::string value = R"({"S":"a"})";
    for (int i = 0; i < levels; ++i) value = (i % 2 ? "{\"L\":[" + value + "]}" : "{\"M\":{\"x\":" + value + "}}");
    return value;
  };
  EXPECT_EQ(error_of(nested(31)), "accepted");
  EXPECT_THAT(error_of(nested(32)), testing::HasSubstr("Nesting"));
}

TEST(Item, NumbersCountTheDigitsOnEachSideOfThePoint) {
  for (auto [text, bytes] :
       {std::pair("0", 1u), std::pair("1", 2u), std::pair("123", 3u), std::pair("-1", 3u), std::pair("1.5", 3u),
        std::pair("1.234", 4u), std::pair("3.14159", 5u), std::pair("100.5", 4u), std::pair("123.456", 5u),
        std::pair("0.001", 2u), std::pair("1e100", 2u), std::pair("-100.5", 5u),
        std::pair("12345678901234567890.123456789012345678", 20u)}) {
    AttributeMap map;
    map.set("n", AttributeValue(*Number::parse(text)));
    EXPECT_EQ(size_bytes(map), bytes + 1) << text;
    EXPECT_EQ(stored_size_bytes(encode_item(map)), bytes + 1) << text;
  }
}

TEST(ItemSize, FollowsTheDeveloperGuide) {
  EXPECT_EQ(size_bytes(item(R"({"pk":{"S":"abc"}})")), 5u);
  EXPECT_EQ(size_bytes(item(R"({"é":{"S":"é"}})")), 4u);
  EXPECT_EQ(size_bytes(item(R"({"n":{"N":"123"}})")), 4u);
  EXPECT_EQ(size_bytes(item(R"({"a":{"BOOL":true},"b":{"NULL":true}})")), 4u);
  EXPECT_EQ(size_bytes(item(R"({"a":{"L":[]}})")), 4u);
  EXPECT_EQ(size_bytes(item(R"({"a":{"L":[{"S":"xy"}]}})")), 7u);
  EXPECT_EQ(size_bytes(item(R"({"a":{"M":{"kk":{"S":"xy"}}}})")), 9u);
  EXPECT_EQ(size_bytes(item(R"({"a":{"SS":["x","yz"]},"b":{"BS":["AQID"]},"c":{"NS":["1","22"]}})")), 3u + 3 + 3 + 4);
}

TEST(AttributeMap, KeepsNamesSorted) {
  AttributeMap map;
  map.set("b", "1");
  map.set("a", "2");
  map.set("b", "3");
  EXPECT_EQ(json(map), R"({"a":{"S":"2"},"b":{"S":"3"}})");
  EXPECT_TRUE(map.erase("a"));
  EXPECT_FALSE(map.erase("a"));
  EXPECT_EQ(map.find("a"), nullptr);
  ASSERT_NE(map.find("b"), nullptr);
}

}  // namespace
}  // namespace millrace
