// Where the kernel gives no namespaces: the real folders are used, and what users see stays the same.

#include "tests/unit/pool/pool_fixture.h"

namespace millrace::pool {
namespace {

class PoolWithoutMountsTest : public PoolTest {
 protected:
  void SetUp() override {
    PoolTest::SetUp();
    options_.mounts = false;
  }
};

TEST_F(PoolWithoutMountsTest, TheEnvironmentNamesTheRealFolders) {
  auto f = function("misc", "index.environment");
  Json all = run_json(f);
  EXPECT_EQ(all["cwd"], f.code_folder);
  EXPECT_EQ(all["env"]["LAMBDA_TASK_ROOT"], f.code_folder);
  EXPECT_EQ(all["env"]["PWD"], f.code_folder);
  EXPECT_EQ(all["path"][0], f.code_folder);
  EXPECT_EQ(all["env"]["TMPDIR"].get<std::string>().find(options_.scratch_folder.string()), 0u);
  EXPECT_FALSE(std::filesystem::exists(f.code_folder + "/__pycache__"));
}

TEST_F(PoolWithoutMountsTest, StackTracesSayVarTask) {
  EXPECT_EQ(run_json(function("raises"))["stackTrace"][0],
            "  File \"/var/task/index.py\", line 6, in handler\n    raise CustomException(\"some error "
            "occurred\")\n");
  EXPECT_EQ(run_json(function("syntax_error"))["stackTrace"][0], "  File \"/var/task/index.py\" Line 3\n    x = = 1\n");
}

TEST_F(PoolWithoutMountsTest, LayersAndTmpWork) {
  auto f = function("misc", "index.layer");
  std::string data = std::string(MILLRACE_TESTS_DIR) + "/data/handlers/";
  f.layer_folders = {data + "layer_one", data + "layer_two"};
  EXPECT_EQ(run(f).payload, "\"two\"");
  auto counter = function("misc", "index.tmp_counter");
  counter.timeout_s = 3;
  EXPECT_EQ(run(counter).payload, "1");
  EXPECT_EQ(run_json(counter, R"({"sleep":true})")["errorType"], "Sandbox.Timedout");
  EXPECT_EQ(run(counter).payload, "3");
}

TEST_F(PoolWithoutMountsTest, CustomRuntimesRun) {
  auto result = run(function("bootstrap", "whatever", "provided.al2023"), R"({"n":1})");
  if (result.payload.find("127") != std::string::npos) GTEST_SKIP() << "curl is not installed";
  EXPECT_EQ(result.payload, R"({"echo":{"n":1}})");
}

}  // namespace
}  // namespace millrace::pool
