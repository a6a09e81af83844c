#include "emulator/services/iam/statement_positions.h"

#include <gtest/gtest.h>

namespace millrace::iam {
namespace {

TEST(StatementPositions, StatementsOfAList) {
  const auto found = statement_positions(
      "{\"Version\":\"2012-10-17\",\n"
      " \"Statement\": [\n"
      "  {\"Sid\": \"}\", \"Condition\": {\"Bool\": {}}},\n"
      "  {\"Sid\": \"\\\"{\"}\n"
      " ]}");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].start_line, 3);
  EXPECT_EQ(found[0].start_column, 4);
  EXPECT_EQ(found[0].end_line, 3);
  EXPECT_EQ(found[1].start_line, 4);
  EXPECT_EQ(found[1].end_column, 17);
}

TEST(StatementPositions, OneStatementAlone) {
  const auto found = statement_positions(R"({"Id":"Statement","Statement":{"Effect":"Allow"},"Version":"x"})");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].start_column, 32);
  EXPECT_EQ(found[0].end_column, 49);
}

}  // namespace
}  // namespace millrace::iam
