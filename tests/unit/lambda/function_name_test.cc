#include "emulator/services/lambda/function_name.h"

#include <gtest/gtest.h>

namespace millrace::lambda {
namespace {

struct Case {
  const char* text;
  const char* account;
  const char* region;
  const char* name;
  const char* qualifier;
};

class FunctionNames : public testing::TestWithParam<Case> {};

TEST_P(FunctionNames, AreTakenApart) {
  const Case& expected = GetParam();
  FunctionRef ref = parse_function_name(expected.text, "111111111111", "us-east-1");
  EXPECT_EQ(ref.account, expected.account);
  EXPECT_EQ(ref.region, expected.region);
  EXPECT_EQ(ref.name, expected.name);
  EXPECT_EQ(ref.qualifier, expected.qualifier);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, FunctionNames,
    testing::Values(Case{"f", "111111111111", "us-east-1", "f", ""}, Case{"f:1", "111111111111", "us-east-1", "f", "1"},
                    Case{"f:$LATEST", "111111111111", "us-east-1", "f", "$LATEST"},
                    Case{"function:f", "111111111111", "us-east-1", "f", ""},
                    Case{"function:f:live", "111111111111", "us-east-1", "f", "live"},
                    Case{"222222222222:function:f", "222222222222", "us-east-1", "f", ""},
                    Case{"222222222222:function:f:2", "222222222222", "us-east-1", "f", "2"},
                    Case{"arn:aws:lambda:eu-west-1:222222222222:function:f", "222222222222", "eu-west-1", "f", ""},
                    Case{"arn:aws:lambda:eu-west-1:222222222222:function:f:live", "222222222222", "eu-west-1", "f",
                         "live"},
                    // Names that look like regions.
                    Case{"orders-7f3a9c-5:1", "111111111111", "us-east-1", "orders-7f3a9c-5", "1"},
                    Case{"my-app-1:live", "111111111111", "us-east-1", "my-app-1", "live"},
                    Case{"function:my-app-1:live", "111111111111", "us-east-1", "my-app-1", "live"},
                    Case{"my-app-1", "111111111111", "us-east-1", "my-app-1", ""},
                    Case{"us-gov-west-1:222222222222:function:f", "222222222222", "us-gov-west-1", "f", ""},
                    // Without a name it is the function called "function".
                    Case{"arn:aws:lambda:eu-west-1:222222222222:function", "222222222222", "eu-west-1", "function", ""},
                    Case{"function", "111111111111", "us-east-1", "function", ""}));

TEST(FunctionRef, ArnsWithAndWithoutQualifier) {
  FunctionRef ref{"222222222222", "eu-west-1", "f", "3"};
  EXPECT_EQ(ref.arn(), "arn:aws:lambda:eu-west-1:222222222222:function:f");
  EXPECT_EQ(ref.qualified_arn(), "arn:aws:lambda:eu-west-1:222222222222:function:f:3");
  EXPECT_EQ(function_not_found(ref).message, "Function not found: arn:aws:lambda:eu-west-1:222222222222:function:f:3");
}

}  // namespace
}  // namespace millrace::lambda
