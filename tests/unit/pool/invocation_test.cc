// Results, context, environment and reuse, with the real worker.

#include <set>

#include "tests/unit/pool/pool_fixture.h"

namespace millrace::pool {
namespace {

using ports::InvocationStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::UnorderedElementsAre;

TEST_F(PoolTest, ReturnsWhatTheHandlerReturnsAndLogsAroundIt) {
  auto result = run(function("echo"), R"({"a":[1,"é"]})");
  EXPECT_EQ(result.status, InvocationStatus::ok);
  Json payload = parse_json(result.payload).value_or(Json());
  EXPECT_EQ(payload["event"], Json::parse(R"({"a":[1,"é"]})"));
  auto messages = log_.take();
  ASSERT_EQ(messages.size(), 5u) << Json(messages).dump(1);
  EXPECT_THAT(messages[0], MatchesRegex("INIT_START Runtime Version: python:3.13.v[0-9]+\tRuntime Version ARN: "
                                        "arn:aws:lambda:us-east-1::runtime:[0-9a-f]+\n"));
  EXPECT_EQ(messages[1], "START RequestId: " + last_request_id_ + " Version: $LATEST\n");
  EXPECT_EQ(messages[2], "event {'a': [1, 'é']}\n");
  EXPECT_EQ(messages[3], "END RequestId: " + last_request_id_ + "\n");
  EXPECT_THAT(messages[4],
              MatchesRegex("REPORT RequestId: [0-9a-f-]+\tDuration: [0-9]+\\.[0-9][0-9] ms\tBilled Duration: [0-9]+ "
                           "ms\tMemory Size: 128 MB\tMax Memory Used: [0-9]+ MB\tInit Duration: "
                           "[0-9]+\\.[0-9][0-9] ms\t\n"));
  EXPECT_EQ(result.log_tail, messages[1] + messages[2] + messages[3] + messages[4]);
}

TEST_F(PoolTest, ReusesAWarmEnvironmentAndReportsNoInitDuration) {
  Json first = run_json(function("echo"));
  log_.take();
  Json second = run_json(function("echo"));
  EXPECT_EQ(second["calls"], 2);
  EXPECT_EQ(second["pid"], first["pid"]);
  EXPECT_THAT(log_.take().back(), ::testing::Not(HasSubstr("Init Duration")));
  EXPECT_EQ(pool().counts().environments, 1u);
}

TEST_F(PoolTest, AnotherEnvironmentKeyEndsTheOldEnvironment) {
  run(function("echo"));
  auto changed = function("echo");
  changed.environment_key = "changed";
  EXPECT_EQ(run_json(changed)["calls"], 1);
  EXPECT_EQ(pool().counts().environments, 1u);
  EXPECT_EQ(log_.stream_count(), 2u);
}

TEST_F(PoolTest, RetireEndsIdleEnvironments) {
  run(function("echo"));
  pool().retire("arn:aws:lambda:us-east-1:000000000000:function:fn");
  EXPECT_EQ(run_json(function("echo"))["calls"], 1);
}

TEST_F(PoolTest, IdleEnvironmentsEndByThemselves) {
  options_.idle_limit_ms = 20;
  run(function("echo"));
  for (int i = 0; i < 200 && pool().counts().environments > 0; ++i) usleep(10'000);
  EXPECT_EQ(pool().counts().environments, 0u);
}

TEST_F(PoolTest, ContextIsComplete) {
  client_context_ = R"({"custom":{"k":"v"},"env":{"e":1},"client":{"app_title":"t"}})";
  Json c = run_json(function("misc", "index.context_fields"));
  EXPECT_EQ(c["aws_request_id"], last_request_id_);
  EXPECT_EQ(c["function_name"], "fn");
  EXPECT_EQ(c["function_version"], "$LATEST");
  EXPECT_EQ(c["invoked_function_arn"], "arn:aws:lambda:us-east-1:000000000000:function:fn");
  EXPECT_EQ(c["log_group_name"], "/aws/lambda/fn");
  EXPECT_THAT(c["log_stream_name"].get<std::string>(),
              MatchesRegex("[0-9]+/[0-9][0-9]/[0-9][0-9]/\\[\\$LATEST\\][0-9a-f]+"));
  EXPECT_EQ(c["memory_limit_in_mb"], "128");
  EXPECT_TRUE(c["tenant_id"].is_null());
  EXPECT_GT(c["remaining"], 2000);
  EXPECT_LE(c["remaining"], 3000);
  EXPECT_EQ(c["identity"], Json::parse("[null,null]"));
  EXPECT_EQ(c["client_context"], Json::parse(R"([{"k":"v"},{"e":1},"t"])"));
}

TEST_F(PoolTest, EnvironmentVariablesAreLambdas) {
  auto f = function("misc", "index.environment", "python3.12");
  f.environment = {{"GREETING", "hello"}, {"PATH", "/own"}};
  Json all = run_json(f);
  Json env = all["env"];
  EXPECT_EQ(env["AWS_EXECUTION_ENV"], "AWS_Lambda_python3.12");
  EXPECT_EQ(env["AWS_ACCESS_KEY_ID"], "ASIAfn");
  EXPECT_EQ(env["AWS_SESSION_TOKEN"], "token of arn:aws:iam::000000000000:role/r");
  EXPECT_EQ(env["AWS_REGION"], "us-east-1");
  EXPECT_EQ(env["AWS_ENDPOINT_URL"], "http://127.0.0.1:4566");
  EXPECT_EQ(env["_HANDLER"], "index.environment");
  EXPECT_EQ(env["GREETING"], "hello");
  EXPECT_EQ(env["PATH"], "/own");
  EXPECT_EQ(env["AWS_LAMBDA_INITIALIZATION_TYPE"], "on-demand");
  EXPECT_THAT(env["_X_AMZN_TRACE_ID"].get<std::string>(), HasSubstr("Root=1-"));
  // All that AWS sets [rec] and no more, but for the address of the emulator.
  std::set<std::string> names;
  for (const auto& [name, value] : env.items()) names.insert(name);
  names.erase("TMPDIR");  // only where /tmp can't be mounted
  EXPECT_THAT(names,
              UnorderedElementsAre(
                  "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_REGION",
                  "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME",
                  "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
                  "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_XRAY_CONTEXT_MISSING",
                  "AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT", "LAMBDA_RUNTIME_DIR",
                  "LAMBDA_TASK_ROOT", "LANG", "LC_CTYPE", "TZ", "PWD", "SHLVL", "PATH", "LD_LIBRARY_PATH", "PYTHONPATH",
                  "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_ENDPOINT_URL", "GREETING"));
  EXPECT_EQ(all["tz"][0], "UTC");
  EXPECT_EQ(all["cwd"], env["LAMBDA_TASK_ROOT"]);
  EXPECT_EQ(all["path"][0], env["LAMBDA_TASK_ROOT"]);
}

TEST_F(PoolTest, DecimalsKeepTheirDigitsAndNewRuntimesWriteUnicode) {
  EXPECT_EQ(run(function("misc", "index.decimals")).payload,
            R"({"price": 1234567890.12345678901234567890, "text": "é", "ratio": 0.5})");
  EXPECT_EQ(run(function("misc", "index.decimals", "python3.11")).payload,
            R"({"price": 1234567890.12345678901234567890, "text": "\u00e9", "ratio": 0.5})");
}

TEST_F(PoolTest, TheLastLayerWins) {
  auto f = function("misc", "index.layer");
  std::string data = std::string(MILLRACE_TESTS_DIR) + "/data/handlers/";
  f.layer_folders = {data + "layer_one", data + "layer_two"};
  EXPECT_EQ(run(f).payload, "\"two\"");
  f.layer_folders = {data + "layer_one"};
  f.environment_key = "one layer";
  EXPECT_EQ(run(f).payload, "\"one\"");
}

TEST_F(PoolTest, BotocoreFindsTheEmulatorAndTheRole) {
  auto f = function("misc", "index.botocore_endpoint");
  f.timeout_s = 20;
  f.memory_mb = 512;
  f.environment = {{"AWS_ENDPOINT_URL_S3", "http://127.0.0.1:4567"}};
  Json found = run_json(f);
  if (found.contains("errorType") && found["errorMessage"].get<std::string>().find("No module") == 0)
    GTEST_SKIP() << "python3-boto3 is not installed";
  EXPECT_EQ(found["s3"], "http://127.0.0.1:4567") << found.dump(1);
  EXPECT_EQ(found["dynamodb"], "http://127.0.0.1:4566");
  EXPECT_EQ(found["key"], "ASIAfn");
}

TEST_F(PoolTest, CustomRuntimesRun) {
  auto result = run(function("bootstrap", "whatever", "provided.al2023"), R"({"n":1})");
  if (result.payload.find("127") != std::string::npos) GTEST_SKIP() << "curl is not installed";
  EXPECT_EQ(result.payload, R"({"echo":{"n":1}})");
  EXPECT_THAT(own_messages(), ElementsAre("custom runtime got {\"n\":1}\n"));
  EXPECT_EQ(run(function("bootstrap", "whatever", "provided.al2023"), "2").payload, R"({"echo":2})");
}

TEST_F(PoolTest, ACustomRuntimeWithoutBootstrapSaysSo) {
  Json error = run_json(function("echo", "whatever", "provided.al2023"));
  EXPECT_EQ(error["errorType"], "Runtime.InvalidEntrypoint");
  EXPECT_EQ(error["errorMessage"], "RequestId: " + last_request_id_ +
                                       " Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap "
                                       "/opt/bootstrap]");
}

TEST_F(PoolTest, ABootstrapThatIsNotExecutableSaysSo) {
  auto f = function("echo", "whatever", "provided.al2023");
  f.code_folder = (scratch_ / "code").string();
  std::filesystem::create_directories(f.code_folder);
  std::ofstream(scratch_ / "code/bootstrap") << "#!/bin/sh\n";
  Json error = run_json(f);
  EXPECT_EQ(error["errorType"], "Runtime.InvalidEntrypoint");
  EXPECT_EQ(error["errorMessage"],
            "RequestId: " + last_request_id_ + " Error: fork/exec /var/task/bootstrap: permission denied");
}

TEST_F(PoolTest, NodeFunctionsRunWhereNodeIs) {
  auto f = function("node", "index.handler", "nodejs20.x");
  f.timeout_s = 20;
  auto result = run(f, R"({"n":1})");
  if (result.payload.find("Runtime.NotInstalled") != std::string::npos) GTEST_SKIP() << "no node on the PATH";
  EXPECT_EQ(parse_json(result.payload).value()["event"], Json::parse(R"({"n":1})")) << result.payload;
  auto own = own_messages();
  ASSERT_EQ(own.size(), 1u);
  EXPECT_THAT(own[0], HasSubstr("\tINFO\tnode got { n: 1 }\n"));
  Json error = run_json(f, R"({"fail":true})");
  EXPECT_EQ(error["errorType"], "Error");
  EXPECT_EQ(error["errorMessage"], "no luck");
}

TEST_F(PoolTest, TheRuntimeApiIsClosedToWebPages) {
  EXPECT_EQ(run(function("misc", "index.runtime_api_door")).payload, "[403, 403, 403]");
}

TEST_F(PoolTest, AnExtensionThatCantBeStartedFailsTheInvocation) {
  auto f = function("echo");
  std::filesystem::create_directories(scratch_ / "layer/extensions");
  std::ofstream(scratch_ / "layer/extensions/watcher") << "#!/bin/sh\n";
  f.layer_folders = {(scratch_ / "layer").string()};
  EXPECT_EQ(run_json(f)["errorType"], "Extension.LaunchError");  // it isn't executable
  EXPECT_THAT(log_.take(), ::testing::Contains(HasSubstr("/opt/extensions/watcher: Permission denied")));
}

TEST_F(PoolTest, WithoutAWorkerEveryInvocationSaysWhy) {
  options_.worker_binary = "/nowhere/millrace-python";
  Json error = run_json(function("echo"));
  EXPECT_EQ(error["errorType"], "Runtime.StartFailed");
  EXPECT_THAT(error["errorMessage"].get<std::string>(), HasSubstr("millrace-python isn't running"));
}

}  // namespace
}  // namespace millrace::pool
