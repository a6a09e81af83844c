// Text Ion: what exports write is what imports read, and nothing that isn't Ion does harm.

#include <gtest/gtest.h>

#include "emulator/services/dynamodb/table/ion.h"

namespace millrace::dynamodb {
namespace {

struct Read {
  std::vector<AttributeMap> items;
  int errors = 0;
};

Read read(std::string_view text) {
  Read out;
  read_ion(
      text, [&](AttributeMap item) { out.items.push_back(std::move(item)); }, [&] { ++out.errors; });
  return out;
}

AttributeMap everything() {
  AttributeMap inner;
  inner.set("null", AttributeValue(true));
  inner.set("it's odd", AttributeValue("line\n\ttab \x01 end"));
  AttributeMap item;
  item.set("a", AttributeValue(*Number::parse("1e-130")));
  item.set("b", AttributeValue(Binary{std::string("\0\xff", 2)}));
  item.set("c", AttributeValue(std::move(inner)));
  item.set("d", AttributeValue(List{AttributeValue(Null{}), AttributeValue(false)}));
  item.set("e", AttributeValue(NumberSet{{*Number::parse("-3"), *Number::parse("2.5")}}));
  item.set("f", AttributeValue(StringSet{{"x", "y\"z"}}));
  item.set("g", AttributeValue(BinarySet{{"1", "2"}}));
  return item;
}

TEST(Ion, WhatIsWrittenIsRead) {
  std::string text = "$ion_1_0 {Item:";
  append_ion(text, everything());
  Read found = read(text + "}\n");
  ASSERT_EQ(found.items.size(), 1u);
  EXPECT_EQ(found.items[0], everything());
  EXPECT_EQ(found.errors, 0);
}

TEST(Ion, WhatIsCutOffIsAnError) {
  std::string text = "{Item:";
  append_ion(text, everything());
  text += "}";
  for (size_t length = 1; length < text.size(); ++length) {
    Read found = read(std::string_view(text).substr(0, length));
    EXPECT_TRUE(found.items.empty()) << length;
    EXPECT_EQ(found.errors, 1) << length;
  }
}

TEST(Ion, NestingIsBounded) {
  std::string deep(100'000, '[');
  Read found = read("{Item:{pk:" + deep);
  EXPECT_EQ(found.errors, 1);
}

TEST(Ion, AnnotatedSetsMustBeSets) {
  for (const char* text : {"{Item:{s:$dynamodb_SS::[\"a\",\"a\"]}}", "{Item:{s:$dynamodb_NS::[\"a\"]}}",
                           "{Item:{s:$dynamodb_BS::[]}}", "{Item:{s:$dynamodb_SS::1}}"})
    EXPECT_EQ(read(text).errors, 1) << text;
}

}  // namespace
}  // namespace millrace::dynamodb
