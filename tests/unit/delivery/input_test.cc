#include "emulator/delivery/input.h"

#include <gtest/gtest.h>

namespace millrace::delivery {
namespace {

const Json kEvent =
    parse_json(R"({"a":{"b":[{"c":"x"},7]},"detail-type":"T","list":["HIGH"],"o":{"k":"v"},"n":42,"t":true})").value();

std::optional<std::string> filled(std::string_view text) {
  return fill_in(text, [](const std::string& name) -> std::optional<Json> {
    const Json* node = node_at(kEvent, "$." + name);
    if (!node) return std::nullopt;
    return *node;
  });
}

TEST(Paths, LeadToNodes) {
  EXPECT_EQ(*node_at(kEvent, "$.a.b[0].c"), "x");
  EXPECT_EQ(*node_at(kEvent, "$['detail-type']"), "T");
  EXPECT_EQ(*node_at(kEvent, "$.detail-type"), "T");
  EXPECT_EQ(*node_at(kEvent, "$"), kEvent);
  for (const char* path : {"$.a.b[2]", "$.x", "$.a.b.c", "a", "$.", "$[", "$[x]", "$.a[18446744073709551616]"})
    EXPECT_EQ(node_at(kEvent, path), nullptr) << path;
}

TEST(Templates, AreFilledInAsAwsDoes) {
  EXPECT_EQ(filled(R"({"x":<n>,"y":<o>,"z":<missing>,"s":<detail-type>})"), R"({"x":42,"y":{"k":"v"},"z":"","s":"T"})");
  EXPECT_EQ(filled(R"({"x":"users/<detail-type>/<n>/<t>"})"), R"({"x":"users/T/42/true"})");
  EXPECT_EQ(filled(R"("Event of type <detail-type>: <list> <o>")"), R"("Event of type T: [HIGH] {k:v}")");
  EXPECT_EQ(filled("\"a <n>\"\n\"b <t>\""), "\"a 42\"\n\"b true\"");
  EXPECT_EQ(filled("<o>"), R"({"k":"v"})");
  EXPECT_EQ(filled(R"({"x":"a < b and c > d"})"), R"({"x":"a < b and c > d"})");
}

TEST(Templates, ThatAreNoJsonAreNotDelivered) {
  EXPECT_EQ(filled("<list> items"), std::nullopt);
  EXPECT_EQ(filled(R"({"x":"<list>"})"), std::nullopt);
  EXPECT_EQ(filled("{\"x\":<n>"), std::nullopt);
  EXPECT_EQ(filled(""), std::nullopt);
}

TEST(Templates, NameTheirPlaceholders) {
  EXPECT_EQ(placeholders("<a> < b > <aws.events.rule-arn> <$.x.y> <>"),
            (std::vector<std::string>{"a", "aws.events.rule-arn", "$.x.y"}));
}

}  // namespace
}  // namespace millrace::delivery
