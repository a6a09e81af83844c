#include <gmock/gmock.h>

#include "emulator/services/dynamodb/partiql/statement.h"
#include "expression_support.h"

namespace millrace::dynamodb {
namespace {

std::string error_of(const std::string& text) {
  auto parsed = parse_statement(text, {});
  return parsed.has_error() ? parsed.error().message : "accepted";
}

TEST(Partiql, ReadsAnInsert) {
  auto parsed = parse_statement(
      R"(insert into "my-table" value {'pk': ?, 'l': [1, -2.5e1, {'x': null}], 's': <<'b', 'a'>>, 'q': 'it''s'})",
      {AttributeValue("k")});
  ASSERT_FALSE(parsed.has_error()) << parsed.error().message;
  const Statement& statement = **parsed;
  EXPECT_EQ(statement.kind, Statement::Kind::insert);
  EXPECT_EQ(statement.table, "my-table");
  EXPECT_EQ(
      json(statement.item),
      R"({"l":{"L":[{"N":"1"},{"N":"-25"},{"M":{"x":{"NULL":true}}}]},"pk":{"S":"k"},"q":{"S":"it's"},"s":{"SS":["a","b"]}})");
}

TEST(Partiql, ReadsASelect) {
  auto parsed = parse_statement(
      R"(SELECT a, "b c".d[2] FROM T."my-index" WHERE pk = 'x' AND NOT (v > 3 OR v IS MISSING) ORDER BY sk DESC)", {});
  ASSERT_FALSE(parsed.has_error()) << parsed.error().message;
  const Statement& statement = **parsed;
  EXPECT_EQ(statement.index, "my-index");
  ASSERT_EQ(statement.projection->size(), 2u);
  EXPECT_EQ(path_text((*statement.projection)[1]), "[b c, d, [2]]");
  ASSERT_EQ(statement.order_by.size(), 1u);
  EXPECT_TRUE(statement.order_by[0].descending);
}

TEST(Partiql, ReadsAnUpdate) {
  auto parsed = parse_statement(
      "UPDATE T SET a = a + 1 SET l = list_append(l, [1]), s = set_add(s, <<1>>) REMOVE b, c WHERE pk = 1 RETURNING "
      "MODIFIED NEW *",
      {});
  ASSERT_FALSE(parsed.has_error()) << parsed.error().message;
  EXPECT_EQ((*parsed)->update.actions.size(), 5u);
  EXPECT_EQ((*parsed)->update.actions[2].section, UpdateSection::add);
  EXPECT_EQ((*parsed)->returning, Returning::modified_new);
}

TEST(Partiql, RefusesWhatItCantRead) {
  EXPECT_EQ(error_of("SELECT * FROM T WHERE pk = ?"), "Number of parameters in request and statement don't match.");
  for (const char* text :
       {"", "SELECT", "SELECT * FROM", "SELECT * FROM T WHERE", "DELETE T", "INSERT INTO T VALUE 5",
        "UPDATE T WHERE pk = 1", "SELECT * FROM T WHERE a = 1 extra", "SELECT * FROM T WHERE a = 'open",
        "SELECT * FROM T WHERE a ~ 1", "SELECT * FROM T WHERE a IN [", "SELECT * FROM T WHERE a = <<1, 'x'>>"}) {
    EXPECT_THAT(error_of(text), testing::StartsWith("Statement wasn't well formed, can't be processed: ")) << text;
  }
  EXPECT_THAT(error_of("UPDATE T SET s = set_add(t, <<1>>) WHERE pk = 1"),
              testing::StartsWith("The first argument to SET_ADD must equal the assignment value"));
  std::string deep = "SELECT * FROM T WHERE ";
  for (int i = 0; i < 5000; ++i) deep += "(";
  EXPECT_THAT(error_of(deep), testing::HasSubstr("nested too deeply"));
}

}  // namespace
}  // namespace millrace::dynamodb
