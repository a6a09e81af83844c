#include "emulator/services/dynamodb/expression/key_condition.h"

#include "expression_support.h"

namespace millrace::dynamodb {
namespace {

using tables::KeySchema;

const KeySchema kSimple{{{"pk", AttributeType::S}}, {}};
const KeySchema kComposite{{{"pk", AttributeType::S}}, {{"sk", AttributeType::N}}};
const KeySchema kWide{{{"h1", AttributeType::S}, {"h2", AttributeType::S}},
                      {{"r1", AttributeType::S}, {"r2", AttributeType::N}}};

Parsed<KeyCondition> analyse(const std::string& expression, const KeySchema& schema) {
  auto with = placeholders("{}", kValues);
  auto parsed = parse_condition(expression, with, ExpressionKind::key_condition);
  if (parsed.has_error()) return std::move(parsed).error();
  auto terms = key_terms(*parsed);
  if (terms.has_error()) return std::move(terms).error();
  return match_key(std::move(terms).value(), schema);
}

std::string error_of(const std::string& expression, const KeySchema& schema = kComposite) {
  auto result = analyse(expression, schema);
  return result.has_error() ? result.error().message : "accepted";
}

TEST(KeyCondition, FindsPartitionAndRange) {
  auto result = analyse("sk between :n and :m and pk = :a", kComposite);
  ASSERT_FALSE(result.has_error());
  EXPECT_EQ(result->partition, std::vector<AttributeValue>{AttributeValue("a")});
  ASSERT_TRUE(result->sort_range);
  EXPECT_EQ(result->sort_range->attribute, "sk");
  EXPECT_TRUE(fits(*result->sort_range, *Number::parse("1.5")));
  EXPECT_FALSE(fits(*result->sort_range, *Number::parse("2.5")));
}

TEST(KeyCondition, MirrorsAComparisonThatBeginsWithTheValue) {
  auto result = analyse("pk = :a and :n < sk", kComposite);
  ASSERT_FALSE(result.has_error());
  EXPECT_EQ(result->sort_range->kind, ConditionKind::gt);
}

TEST(KeyCondition, FormsThatNoSchemaAllows) {
  const std::string kHead = "Invalid KeyConditionExpression: ";
  EXPECT_EQ(error_of("pk = :a or sk = :n"), kHead + "Invalid operator used in KeyConditionExpression: OR");
  EXPECT_EQ(error_of("not pk = :a"), kHead + "Invalid operator used in KeyConditionExpression: NOT");
  EXPECT_EQ(error_of("pk in (:a)"), kHead + "Invalid operator used in KeyConditionExpression: IN");
  EXPECT_EQ(error_of("pk <> :a"), kHead + "Invalid operator used in KeyConditionExpression: <>");
  EXPECT_EQ(error_of("attribute_exists(pk)"),
            kHead + "Invalid operator used in KeyConditionExpression: attribute_exists");
  EXPECT_EQ(error_of("size(pk) = :n"), kHead + "KeyConditionExpressions cannot contain nested operations");
  EXPECT_EQ(error_of("pk.x = :a"), kHead + "KeyConditionExpressions cannot have conditions on nested attributes");
  EXPECT_EQ(error_of("pk = :a and pk = :b"), kHead + "KeyConditionExpressions must only contain one condition per key");
  EXPECT_EQ(error_of(":a = :b"), kHead + "Invalid condition in KeyConditionExpression: No key attribute specified");
  EXPECT_EQ(error_of("pk = sk"),
            kHead + "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition");
  EXPECT_EQ(error_of(":n between sk and :m"), kHead +
                                                  "Invalid condition in KeyConditionExpression: BETWEEN operator must "
                                                  "have the key attribute as its first operand");
  EXPECT_EQ(error_of(""), "Invalid KeyConditionExpression: The expression can not be empty;");
}

TEST(KeyCondition, FormsThatTheSchemaForbids) {
  EXPECT_EQ(error_of("x = :a"), "Query condition missed key schema element: pk");
  EXPECT_EQ(error_of("pk = :a and x = :a"), "Query condition missed key schema element: sk");
  EXPECT_EQ(error_of("pk > :a"), "Query key condition not supported");
  EXPECT_EQ(error_of("pk = :a and x = :a", kSimple), "Query key condition not supported");
  EXPECT_EQ(error_of("pk = :n"),
            "One or more parameter values were invalid: Condition parameter type does not match schema type");
  EXPECT_EQ(error_of("pk = :a and sk = :a"),
            "One or more parameter values were invalid: Condition parameter type does not match schema type");
  EXPECT_EQ(error_of("pk = :a and sk = :n and x = :a"),
            "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)");
}

TEST(KeyCondition, SchemasOfSeveralAttributes) {
  EXPECT_EQ(error_of("h1 = :a and h2 = :b", kWide), "accepted");
  EXPECT_EQ(error_of("h1 = :a", kWide), "HASH key attributes h2 must have equality conditions specified in the query");
  EXPECT_EQ(
      error_of("h1 = :a and h2 = :b and r2 = :n", kWide),
      "RANGE key attributes r1 must have equality conditions specified in the query because a condition is present "
      "on key attribute r2");
  EXPECT_EQ(
      error_of("h1 = :a and h2 = :b and r1 > :a and r2 = :n", kWide),
      "RANGE key attributes r1 must have equality conditions specified in the query because a condition is present "
      "on key attribute r2");
  auto result = analyse("h1 = :a and h2 = :b and r1 = :a and r2 > :n", kWide);
  ASSERT_FALSE(result.has_error());
  EXPECT_EQ(result->sort_equal.size(), 1u);
  EXPECT_EQ(result->sort_range->attribute, "r2");
}

}  // namespace
}  // namespace millrace::dynamodb
