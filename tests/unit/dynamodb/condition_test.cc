#include <gmock/gmock.h>

#include "emulator/services/dynamodb/expression/evaluate.h"
#include "expression_support.h"

namespace millrace::dynamodb {
namespace {

std::string error_of(const std::string& expression, const std::string& names = "{}") {
  auto with = placeholders(names, kValues);
  auto parsed = parse_condition(expression, with);
  if (!parsed.has_error()) return "accepted";
  const std::string head = "Invalid ConditionExpression: ";
  EXPECT_TRUE(parsed.error().message.starts_with(head)) << parsed.error().message;
  return parsed.error().message.substr(head.size());
}

bool is_true(const std::string& expression, const std::string& of) {
  auto with = placeholders("{}", kValues);
  auto parsed = parse_condition(expression, with);
  EXPECT_FALSE(parsed.has_error()) << expression << ": " << (parsed.has_error() ? parsed.error().message : "");
  return !parsed.has_error() && holds(*parsed, item(of));
}

TEST(Condition, SyntaxErrorsNameTheTokenAndItsNeighbours) {
  EXPECT_EQ(error_of(""), "The expression can not be empty;");
  EXPECT_EQ(error_of("x = = :a"), R"(Syntax error; token: "=", near: "= = :a")");
  EXPECT_EQ(error_of("x == :a"), R"(Syntax error; token: "=", near: "== :a")");
  EXPECT_EQ(error_of("x = :a and"), R"(Syntax error; token: "<EOF>", near: "and")");
  EXPECT_EQ(error_of("x = :a )"), R"~(Syntax error; token: ")", near: ":a )")~");
  EXPECT_EQ(error_of("foo"), R"(Syntax error; token: "<EOF>", near: "foo")");
  EXPECT_EQ(error_of("size()"), R"~(Syntax error; token: ")", near: "()")~");
  EXPECT_EQ(error_of("[object"), R"(Syntax error; token: "[", near: "[object")");
  EXPECT_EQ(error_of("x : a"), R"(Syntax error; token: ":", near: "x : a")");
  EXPECT_EQ(error_of("_x = :a"), R"(Syntax error; token: "_", near: "_x")");
  EXPECT_EQ(error_of("a[b] = :a"), R"(Syntax error; token: "b", near: "[b]")");
  EXPECT_EQ(error_of("a and b"), R"(Syntax error; token: "and", near: "a and b")");
  EXPECT_EQ(error_of("a && b"), R"(Syntax error; token: "&", near: "a &&")");
  EXPECT_EQ(error_of("x in ()"), R"~(Syntax error; token: ")", near: "()")~");
}

TEST(Condition, SizeIsCheckedBeforeAnythingElse) {
  EXPECT_EQ(error_of(std::string(4097, '(')),
            "Expression size has exceeded the maximum allowed size; expression size: 4097");
  EXPECT_EQ(error_of(std::string(4096, '(')), "The expression has redundant parentheses;");
}

TEST(Condition, MistakesOfMeaning) {
  EXPECT_EQ(error_of("((x = :a))"), "The expression has redundant parentheses;");
  EXPECT_EQ(error_of("(x = :a) and (y = :a)"), "accepted");
  EXPECT_EQ(error_of("foo(x)"), "Invalid function name; function: foo");
  EXPECT_EQ(error_of("Size(x) = :n"), "Invalid function name; function: Size");
  EXPECT_EQ(error_of("size(x)"), "The function is not allowed to be used this way in an expression; function: size");
  EXPECT_EQ(error_of("attribute_exists(x) = :t"),
            "The function is not allowed to be used this way in an expression; function: attribute_exists");
  EXPECT_EQ(error_of("list_append(x, :l) = :l"),
            "The function is not allowed in a condition expression; function: list_append");
  EXPECT_EQ(error_of("Name = :a"), "Attribute name is a reserved keyword; reserved keyword: Name");
  EXPECT_EQ(error_of("#x = :a"),
            "An expression attribute name used in the document path is not defined; attribute name: #x");
  EXPECT_EQ(error_of("x = :zz"),
            "An expression attribute value used in expression is not defined; attribute value: :zz");
  EXPECT_EQ(error_of("begins_with(x)"),
            "Incorrect number of operands for operator or function; operator or function: begins_with, number of "
            "operands: 1");
  EXPECT_EQ(error_of("x = #x", R"({"#x":"x"})"),
            "The first operand must be distinct from the remaining operands for this operator or function; operator: "
            "=, first operand: [x]");
  EXPECT_EQ(error_of("contains(x[1].y, x[1].y)"),
            "The first operand must be distinct from the remaining operands for this operator or function; operator: "
            "contains, first operand: [x, [1], y]");
  EXPECT_EQ(error_of("attribute_exists(:a)"),
            "Operator or function requires a document path; operator or function: attribute_exists");
  EXPECT_EQ(error_of("begins_with(x, :n)"),
            "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N");
  EXPECT_EQ(error_of("x < :t"),
            "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL");
  EXPECT_EQ(error_of("attribute_type(x, :X)"),
            "Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}");
  EXPECT_EQ(error_of("x between :a and :n"),
            "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: "
            "AttributeValue: {S:a}, upper bound operand: AttributeValue: {N:1}");
  EXPECT_EQ(error_of("x between :b and :a"),
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound "
            "operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}");
}

// Comparators, BETWEEN, IN, AND, OR and NOT count; functions and parentheses don't.
TEST(Condition, AtMost300Operators) {
  auto chain = [](int count) {
    std::string out = "a=:n";
    for (int i = 1; i < count; ++i) out += " or a=:n";
    return out;
  };
  EXPECT_EQ(error_of(chain(150)), "accepted");  // 150 comparisons, 149 ORs
  EXPECT_EQ(error_of(chain(151)), "The expression contains too many operators; operator count: 301");
}

TEST(Condition, MistakesAreReportedInDynamoDBsOrder) {
  EXPECT_EQ(error_of("foo(name) and ((#x = :zz))"), "The expression has redundant parentheses;");
  EXPECT_EQ(error_of("name = :zz and foo(x)"), "Invalid function name; function: foo");
  EXPECT_EQ(error_of("#x = :zz and name = :a"), "Attribute name is a reserved keyword; reserved keyword: name");
  EXPECT_THAT(error_of("begins_with(x) and #x = :a"), testing::HasSubstr("#x"));
  EXPECT_THAT(error_of("attribute_exists(:a) and x = x"), testing::HasSubstr("must be distinct"));
  EXPECT_THAT(error_of("begins_with(x, :n) and attribute_exists(:a)"), testing::HasSubstr("requires a document path"));
}

TEST(Condition, Comparisons) {
  const char kItem[] = R"({"s":{"S":"b"},"n":{"N":"1.0"},"l":{"L":[{"N":"9"},{"S":"a"}]},"m":{"M":{"x":{"S":"a"}}},
                           "ss":{"SS":["b","a"]},"b":{"B":"AQI="}})";
  EXPECT_TRUE(is_true("s = :b", kItem));
  EXPECT_TRUE(is_true("n = :n", kItem));
  EXPECT_TRUE(is_true("ss = :ss", kItem));
  EXPECT_TRUE(is_true("m.x = :a and l[1] = :a", kItem));
  EXPECT_FALSE(is_true("l[2] = :a", kItem));
  EXPECT_FALSE(is_true("absent = :a", kItem));
  EXPECT_TRUE(is_true("absent <> :a", kItem));
  EXPECT_TRUE(is_true("s <> :n", kItem));
  EXPECT_FALSE(is_true("s < :n", kItem));
  EXPECT_TRUE(is_true("s > :a and s >= :b and s <= :b and not s < :b", kItem));
  EXPECT_TRUE(is_true("n between :n and :m", kItem));
  EXPECT_TRUE(is_true(":n between n and n", kItem));
  EXPECT_TRUE(is_true("s in (:a, :b)", kItem));
  EXPECT_FALSE(is_true("s IN (:a, absent)", kItem));
  EXPECT_TRUE(is_true("size(l) = :m", kItem));
  EXPECT_TRUE(is_true("(size(b)) >= :m", kItem));
  EXPECT_FALSE(is_true("size(n) <> :m", kItem));
  EXPECT_FALSE(is_true("size(absent) <> :m", kItem));
}

TEST(Condition, Functions) {
  const char kItem[] = R"({"s":{"S":"abc"},"n":{"N":"1"},"l":{"L":[{"N":"1.0"},{"S":"a"}]},"ns":{"NS":["1","3"]},
                           "ss":{"SS":["b","a"]},"b":{"B":"AQI="}})";
  EXPECT_TRUE(is_true("attribute_exists(l[1]) and attribute_not_exists(l[2])", kItem));
  EXPECT_TRUE(is_true("attribute_type(s, :S)", kItem));
  EXPECT_FALSE(is_true("attribute_type(n, :S)", kItem));
  EXPECT_TRUE(is_true("begins_with(s, :a)", kItem));
  EXPECT_TRUE(is_true("begins_with(b, :bin)", kItem));
  EXPECT_FALSE(is_true("begins_with(n, :a)", kItem));
  EXPECT_TRUE(is_true("contains(s, :b) and contains(l, :n) and contains(ns, :n) and contains(ss, :a)", kItem));
  EXPECT_TRUE(is_true("contains(b, :bin)", kItem));
  EXPECT_FALSE(is_true("contains(n, :n)", kItem));
}

TEST(Condition, PrecedenceIsNotThenAndThenOr) {
  EXPECT_TRUE(is_true("a = :a OR a = :b AND a = :b", R"({"a":{"S":"a"}})"));
  EXPECT_FALSE(is_true("(a = :a OR a = :b) AND a = :b", R"({"a":{"S":"a"}})"));
  EXPECT_FALSE(is_true("NOT a = :a AND a = :a", R"({"a":{"S":"a"}})"));
  EXPECT_TRUE(is_true("NOT (a = :a AND a = :b)", R"({"a":{"S":"a"}})"));
}

TEST(Condition, AnAliasIsOneStepEvenWithDots) {
  auto with = placeholders(R"({"#x":"a.b"})", kValues);
  auto parsed = parse_condition("#x = :a", with);
  ASSERT_FALSE(parsed.has_error());
  EXPECT_TRUE(holds(*parsed, item(R"({"a.b":{"S":"a"}})")));
  EXPECT_FALSE(holds(*parsed, item(R"({"a":{"M":{"b":{"S":"a"}}}})")));
}

TEST(Placeholders, NamesTheUnusedOnes) {
  auto with = placeholders(R"({"#b":"b","#a":"a"})", R"({":v":{"S":"x"}})");
  EXPECT_EQ(with.unused(), "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}");
  (void)parse_condition("#a = #b", with);
  EXPECT_EQ(with.unused(), "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}");
  (void)parse_condition("#a = :v", with);
  EXPECT_EQ(with.unused(), std::nullopt);
}

// Whatever comes in, the parser answers.
TEST(Condition, SurvivesDeepNestingAndNoise) {
  std::string negations;
  for (int i = 0; i < 1000; ++i) negations += "NOT ";
  EXPECT_NE(error_of(negations + "a=:a"), "accepted");
  std::string calls;
  for (int i = 0; i < 680; ++i) calls += "size(";
  EXPECT_NE(error_of(calls), "accepted");
  EXPECT_NE(error_of("a = \xff\xfe"), "accepted");
  EXPECT_NE(error_of(std::string("a\0b", 3)), "accepted");
}

}  // namespace
}  // namespace millrace::dynamodb
