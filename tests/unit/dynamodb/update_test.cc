#include <gmock/gmock.h>

#include "emulator/services/dynamodb/expression/projection.h"
#include "emulator/services/dynamodb/expression/update.h"
#include "expression_support.h"

namespace millrace::dynamodb {
namespace {

std::string error_of(const std::string& expression, const std::string& names = "{}") {
  auto with = placeholders(names, kValues);
  auto parsed = parse_update(expression, with);
  if (!parsed.has_error()) return "accepted";
  const std::string head = "Invalid UpdateExpression: ";
  EXPECT_TRUE(parsed.error().message.starts_with(head)) << parsed.error().message;
  return parsed.error().message.substr(head.size());
}

/// The item after the update as JSON, or the error.
std::string updated(const std::string& expression, const std::string& of, bool existed = true) {
  auto with = placeholders("{}", kValues);
  auto parsed = parse_update(expression, with);
  if (parsed.has_error()) return parsed.error().message;
  auto result = apply(*parsed, item(of), existed);
  return result.has_error() ? result.error().message : json(*result);
}

TEST(Update, SyntaxErrors) {
  EXPECT_EQ(error_of(""), "The expression can not be empty;");
  EXPECT_EQ(error_of("SET _123 = :a"), R"(Syntax error; token: "_", near: "SET _123")");
  EXPECT_EQ(error_of("INVALID SYNTAX HERE"), R"(Syntax error; token: "INVALID", near: "INVALID SYNTAX")");
  EXPECT_EQ(error_of("ADD hits : incr"), R"(Syntax error; token: ":", near: "hits : incr")");
  EXPECT_EQ(error_of("SET a = :a,"), R"(Syntax error; token: "<EOF>", near: ",")");
  EXPECT_EQ(error_of("SET a, b = :a"), R"(Syntax error; token: ",", near: "a, b")");
  EXPECT_EQ(error_of("SET a = :n + :n + :n"), R"(Syntax error; token: "+", near: ":n + :n")");
  EXPECT_EQ(error_of("SET"), R"(Syntax error; token: "<EOF>", near: "SET")");
  EXPECT_EQ(error_of("ADD a b"), R"(Syntax error; token: "b", near: "a b")");
}

TEST(Update, MistakesOfMeaning) {
  EXPECT_EQ(error_of("SET a = :a SET b = :b"), R"(The "SET" section can only be used once in an update expression;)");
  EXPECT_EQ(error_of("set a = :a remove a"),
            "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], "
            "path two: [a]");
  EXPECT_EQ(error_of("SET #x = :a, a[0] = :a", R"({"#x":"a"})"),
            "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], "
            "path two: [a, [0]]");
  EXPECT_EQ(error_of("SET a.b = :a, a[0] = :a"),
            "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, "
            "b], path two: [a, [0]]");
  EXPECT_EQ(error_of("ADD a :a"),
            "Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: "
            "ALLOWED_FOR_ADD_OPERAND");
  EXPECT_EQ(error_of("DELETE a :n"),
            "Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: "
            "ALLOWED_FOR_DELETE_OPERAND");
  EXPECT_EQ(error_of("SET a = :n + :a"),
            "Incorrect operand type for operator or function; operator or function: +, operand type: S");
  EXPECT_EQ(error_of("SET a = list_append(a, :a)"),
            "Incorrect operand type for operator or function; operator or function: list_append, operand type: S");
  EXPECT_EQ(error_of("SET a = if_not_exists(:a, :b)"),
            "Operator or function requires a document path; operator or function: if_not_exists");
  EXPECT_EQ(error_of("SET a = if_not_exists(b)"),
            "Incorrect number of operands for operator or function; operator or function: if_not_exists, number of "
            "operands: 1");
  EXPECT_EQ(error_of("SET a = foo(b)"), "Invalid function name; function: foo");
  EXPECT_EQ(error_of("SET a = size(b)"), "The function is not allowed in an update expression; function: size");
}

TEST(Update, MistakesAreReportedInDynamoDBsOrder) {
  EXPECT_EQ(error_of("SET a = foo(b), name = :a"), "Attribute name is a reserved keyword; reserved keyword: name");
  EXPECT_EQ(error_of("SET a = :zz, #x = :a SET c = :a"),
            R"(The "SET" section can only be used once in an update expression;)");
  EXPECT_THAT(error_of("SET a = :zz, #x = :a"), testing::HasSubstr("attribute name: #x"));
  EXPECT_THAT(error_of("SET a = :zz, a = :a"), testing::HasSubstr("attribute value: :zz"));
  EXPECT_THAT(error_of("SET a = :a, a = :b ADD b :a"), testing::HasSubstr("overlap"));
}

TEST(Update, Set) {
  EXPECT_EQ(updated("SET a = :a, b = c", R"({"c":{"N":"5"}})"), R"({"a":{"S":"a"},"b":{"N":"5"},"c":{"N":"5"}})");
  EXPECT_EQ(updated("SET a = a + :n", R"({"a":{"N":"1.5"}})"), R"({"a":{"N":"2.5"}})");
  EXPECT_EQ(updated("SET a = (:m - b)", R"({"b":{"N":"3"}})"), R"({"a":{"N":"-1"},"b":{"N":"3"}})");
  EXPECT_EQ(updated("SET a = if_not_exists(a, :n) + :n", "{}"), R"({"a":{"N":"2"}})");
  EXPECT_EQ(updated("SET a = list_append(:l, a)", R"({"a":{"L":[{"S":"x"}]}})"),
            R"({"a":{"L":[{"N":"9"},{"S":"x"}]}})");
  EXPECT_EQ(updated("SET a = list_append(if_not_exists(a, :l), :l)", "{}"), R"({"a":{"L":[{"N":"9"},{"N":"9"}]}})");
  EXPECT_EQ(updated("SET a.b[1].c = :a", R"({"a":{"M":{"b":{"L":[{"N":"1"},{"M":{}}]}}}})"),
            R"({"a":{"M":{"b":{"L":[{"N":"1"},{"M":{"c":{"S":"a"}}}]}}}})");
  // The right-hand side reads the item before the update.
  EXPECT_EQ(updated("SET a = b, b = a", R"({"a":{"S":"1"},"b":{"S":"2"}})"), R"({"a":{"S":"2"},"b":{"S":"1"}})");
}

TEST(Update, ListPositions) {
  const char kList[] = R"({"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"}]}})";
  EXPECT_EQ(updated("SET l[1] = :a, l[9] = :b, l[7] = :a", kList),
            R"({"l":{"L":[{"N":"0"},{"S":"a"},{"N":"2"},{"S":"a"},{"S":"b"}]}})");
  EXPECT_EQ(updated("REMOVE l[0], l[1], l[8]", kList), R"({"l":{"L":[{"N":"2"}]}})");
  EXPECT_EQ(updated("SET l[2] = :a REMOVE l[0]", kList), R"({"l":{"L":[{"N":"1"},{"S":"a"}]}})");
  EXPECT_EQ(updated("REMOVE l[0], l[1], l[2]", kList), R"({"l":{"L":[]}})");
}

TEST(Update, AddAndDelete) {
  EXPECT_EQ(updated("ADD a :n", "{}"), R"({"a":{"N":"1"}})");
  EXPECT_EQ(updated("ADD a :n, s :ss", R"({"a":{"N":"-1"},"s":{"SS":["c"]}})"),
            R"({"a":{"N":"0"},"s":{"SS":["a","b","c"]}})");
  EXPECT_EQ(updated("DELETE s :ss", R"({"s":{"SS":["a","c"]}})"), R"({"s":{"SS":["c"]}})");
  EXPECT_EQ(updated("DELETE s :ss", R"({"s":{"SS":["a"]}})"), "{}");
  EXPECT_EQ(updated("DELETE s :ss", "{}"), "{}");
  EXPECT_EQ(updated("ADD m.c :n", R"({"m":{"M":{}}})"), R"({"m":{"M":{"c":{"N":"1"}}}})");
}

TEST(Update, FailuresOnTheItem) {
  const std::string kType = "An operand in the update expression has an incorrect data type";
  const std::string kMissing = "The provided expression refers to an attribute that does not exist in the item";
  const std::string kPath = "The document path provided in the update expression is invalid for update";
  EXPECT_EQ(updated("SET a = b", "{}"), kMissing);
  EXPECT_EQ(updated("SET a = a + :n", "{}"), kMissing);
  EXPECT_EQ(updated("SET a = b + :n", R"({"b":{"S":"1"}})"), kType);
  EXPECT_EQ(updated("SET a = list_append(b, :l)", R"({"b":{"S":"1"}})"), kType);
  EXPECT_EQ(updated("ADD a :n", R"({"a":{"S":"1"}})"), kType);
  EXPECT_EQ(updated("DELETE a :ss", R"({"a":{"NS":["1"]}})"), kType);
  EXPECT_EQ(updated("SET a = a + :n", R"({"a":{"N":"1e50"}})"),
            "Number overflow. Attempting to store a number with magnitude larger than supported range");
  EXPECT_EQ(updated("SET a.b = :a", "{}"), kPath);
  EXPECT_EQ(updated("SET a.b = :a", R"({"a":{"S":"x"}})"), kPath);
  EXPECT_EQ(updated("SET l[0].b = :a", R"({"l":{"L":[]}})"), kPath);
  EXPECT_EQ(updated("REMOVE a.y", R"({"a":{"M":{}}})"), R"({"a":{"M":{}}})");
  EXPECT_EQ(updated("REMOVE x.y", "{}"), kPath);
  EXPECT_EQ(updated("REMOVE x.y", "{}", false), "{}");
}

TEST(Update, OnlySetAndAddCreateItems) {
  auto creates = [](const char* expression) {
    auto with = placeholders("{}", kValues);
    return can_create(*parse_update(expression, with));
  };
  EXPECT_TRUE(creates("SET a = :a"));
  EXPECT_TRUE(creates("REMOVE b ADD a :n"));
  EXPECT_FALSE(creates("REMOVE a"));
  EXPECT_FALSE(creates("DELETE a :ss REMOVE b"));
  EXPECT_TRUE(can_create(Update{}));
}

TEST(Projection, SelectsPartsAndClosesRanks) {
  auto projected = [](const char* expression, const char* of) {
    auto with = placeholders(R"({"#n":"name"})");
    auto parsed = parse_projection(expression, with);
    return parsed.has_error() ? parsed.error().message : json(project(item(of), *parsed));
  };
  const char kItem[] =
      R"({"a":{"L":[{"N":"0"},{"N":"1"},{"M":{"x":{"S":"1"},"y":{"S":"2"}}}]},"name":{"S":"n"},"z":{"S":"z"}})";
  EXPECT_EQ(projected("a[2].y, a[0], #n", kItem), R"({"a":{"L":[{"N":"0"},{"M":{"y":{"S":"2"}}}]},"name":{"S":"n"}})");
  EXPECT_EQ(projected("absent, z.q, a[7], a[2].q", kItem), "{}");
  EXPECT_EQ(projected("a, a[0]", kItem),
            "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of "
            "these paths; path one: [a], path two: [a, [0]]");
  EXPECT_EQ(projected("name", kItem),
            "Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: name");
  EXPECT_EQ(projected("a b", kItem), R"(Invalid ProjectionExpression: Syntax error; token: "b", near: "a b")");
}

}  // namespace
}  // namespace millrace::dynamodb
