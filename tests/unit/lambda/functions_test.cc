// What is resolved, what is remembered, and what changes make of it.

#include <fstream>

#include "lambda_fixture.h"

namespace millrace::lambda {
namespace {

TEST_F(LambdaTest, ResolvesWhatWasCreated) {
  create("f", "x = 1\n", {{"Environment", {{"Variables", {{"A", "1"}}}}}, {"Timeout", 9}});
  auto version = resolve("f");
  ASSERT_TRUE(version.has_value());
  EXPECT_EQ((*version)->version, "$LATEST");
  EXPECT_EQ((*version)->timeout_s, 9);
  EXPECT_EQ((*version)->environment.at("A"), "1");
  EXPECT_EQ((*version)->log_group, "/aws/lambda/f");
  std::ifstream file((*version)->code_folder + "/index.py");
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "x = 1");
  EXPECT_EQ(resolve("f").value(), *version) << "remembered";
}

TEST_F(LambdaTest, EnvironmentKeyChangesWithCodeAndConfigurationOnly) {
  create("f");
  std::string key = resolve("f").value()->environment_key;
  ASSERT_TRUE(call(tag_resource(*lambda),
                   {{"Resource", "arn:aws:lambda:us-east-1:123456789012:function:f"}, {"Tags", {{"a", "b"}}}})
                  .has_value());
  ASSERT_TRUE(call(put_function_concurrency(*lambda), {{"FunctionName", "f"}, {"ReservedConcurrentExecutions", 3}})
                  .has_value());
  EXPECT_EQ(resolve("f").value()->environment_key, key);
  EXPECT_EQ(resolve("f").value()->reserved_concurrency, 3);
  ASSERT_TRUE(call(update_function_configuration(*lambda), {{"FunctionName", "f"}, {"MemorySize", 512}}).has_value());
  std::string second = resolve("f").value()->environment_key;
  EXPECT_NE(second, key);
  std::string zip = to_base64(zip_bytes({{"index.py", "y = 2\n"}}));
  ASSERT_TRUE(call(update_function_code(*lambda), {{"FunctionName", "f"}, {"ZipFile", zip}}).has_value());
  EXPECT_NE(resolve("f").value()->environment_key, second);
}

TEST_F(LambdaTest, UnpacksAgainWhatIsMissing) {
  create("f");
  std::string code = resolve("f").value()->code_folder;
  std::filesystem::remove_all(code);
  functions->changed({"123456789012", "us-east-1", "f", ""});
  ASSERT_TRUE(resolve("f").has_value());
  EXPECT_TRUE(std::filesystem::exists(code + "/index.py"));
}

TEST_F(LambdaTest, SurvivesARestart) {
  Json created = create("f");
  close();
  open();
  auto version = resolve("f");
  ASSERT_TRUE(version.has_value());
  EXPECT_TRUE(std::filesystem::exists((*version)->code_folder + "/index.py"));
}

TEST_F(LambdaTest, SweepRemovesWhatNoFunctionHas) {
  functions->code().sweep({});  // the first one since the machine started unpacks everything anew
  create("f");
  std::string kept = resolve("f").value()->code_folder;
  auto orphan = functions->code().add(zip_bytes({{"a", "b"}}), 1000);
  ASSERT_TRUE(orphan.has_value());
  functions->code().sweep({std::filesystem::path(kept).filename().string()});
  EXPECT_TRUE(std::filesystem::exists(kept));
  EXPECT_FALSE(functions->code().is_unpacked(orphan->id));
  EXPECT_FALSE(functions->code().archive(orphan->id).has_value());
}

TEST_F(LambdaTest, MissingFunctionsAreNamedAsAsked) {
  EXPECT_EQ(resolve("g").error().message, "Function not found: arn:aws:lambda:us-east-1:123456789012:function:g");
  create("f");
  EXPECT_EQ(resolve("f", "7").error().message,
            "Function not found: arn:aws:lambda:us-east-1:123456789012:function:f:7");
  EXPECT_EQ(resolve("f", "live").error().message,
            "Function not found: arn:aws:lambda:us-east-1:123456789012:function:f:live");
}

TEST_F(LambdaTest, WeightsAreDrawn) {
  create("f");
  ASSERT_TRUE(call(publish_version(*lambda), {{"FunctionName", "f"}}).has_value());
  ASSERT_TRUE(call(update_function_configuration(*lambda), {{"FunctionName", "f"}, {"Timeout", 5}}).has_value());
  ASSERT_TRUE(call(publish_version(*lambda), {{"FunctionName", "f"}}).has_value());
  Json alias = {{"FunctionName", "f"},
                {"Name", "live"},
                {"FunctionVersion", "1"},
                {"RoutingConfig", {{"AdditionalVersionWeights", {{"2", 0.25}}}}}};
  ASSERT_TRUE(call(create_alias(*lambda), alias).has_value());
  int second = 0;
  for (int i = 0; i < 1000; ++i) second += resolve("f", "live").value()->version == "2";
  EXPECT_NEAR(second, 250, 60);
}

TEST_F(LambdaTest, PendingWhileAwsWouldBe) {
  close();
  aws_delays = true;
  open();
  Json created = create("f");
  EXPECT_EQ(created["State"], "Pending");
  EXPECT_EQ(
      resolve("f").error().message,
      "The operation cannot be performed at this time. The function is currently in the following state: Pending");
  Json input = {{"FunctionName", "f"}, {"Timeout", 5}};
  EXPECT_EQ(call(update_function_configuration(*lambda), input).error().message,
            "The operation cannot be performed at this time. An update is in progress for resource: "
            "arn:aws:lambda:us-east-1:123456789012:function:f");
  EXPECT_EQ(call(get_function_configuration(*lambda), {{"FunctionName", "f"}}).value()["State"], "Pending");
  clock.advance(10'000);
  Json shown = call(get_function_configuration(*lambda), {{"FunctionName", "f"}}).value();
  EXPECT_EQ(shown["State"], "Active");
  EXPECT_NE(shown["RevisionId"], created["RevisionId"]);
  EXPECT_TRUE(resolve("f").has_value());
}

TEST_F(LambdaTest, CodeFromS3) {
  objects.objects["b/k"] = zip_bytes({{"index.py", "s3 = 1\n"}});
  create("f", "", {{"Code", {{"S3Bucket", "b"}, {"S3Key", "k"}}}});
  EXPECT_TRUE(std::filesystem::exists(resolve("f").value()->code_folder + "/index.py"));
  Json input = {{"FunctionName", "f"}, {"S3Bucket", "b"}, {"S3Key", "other"}};
  EXPECT_EQ(
      call(update_function_code(*lambda), input).error().message,
      "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.");
}

TEST_F(LambdaTest, MappingsFollowTheirFunctionsRole) {
  create("f");
  Json input = {{"FunctionName", "f"},
                {"EventSourceArn", "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/1"},
                {"StartingPosition", "LATEST"}};
  Json mapping = call(create_event_source_mapping(*lambda), input).value();
  std::string uuid = mapping["UUID"];
  EXPECT_EQ(mappings.configs.at(uuid).role_arn, "arn:aws:iam::123456789012:role/r");
  EXPECT_EQ(mappings.configs.at(uuid).starting_position, ports::StartingPosition::latest);
  Json update = {{"FunctionName", "f"}, {"Role", "arn:aws:iam::123456789012:role/other"}};
  ASSERT_TRUE(call(update_function_configuration(*lambda), update).has_value());
  EXPECT_EQ(mappings.configs.at(uuid).role_arn, "arn:aws:iam::123456789012:role/other");
  mappings.states[uuid] = ports::MappingState::updating;
  EXPECT_EQ(call(update_event_source_mapping(*lambda), {{"UUID", uuid}}).error().message,
            "Cannot update the event source mapping because it is in use.");
  EXPECT_EQ(call(delete_event_source_mapping(*lambda), {{"UUID", uuid}}).error().message,
            "Cannot delete the event source mapping because it is in use.");
}

}  // namespace
}  // namespace millrace::lambda
