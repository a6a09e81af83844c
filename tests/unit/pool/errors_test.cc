// Every way for a function to fail, each with the document that Lambda gives and the lines it logs.

#include "tests/unit/pool/pool_fixture.h"

namespace millrace::pool {
namespace {

using ports::InvocationStatus;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

// U+00A0, which indents tracebacks in the log
#define NB "\u00a0"

#ifdef __SANITIZE_ADDRESS__
constexpr bool kMemoryIsASanitizers = true;
#else
constexpr bool kMemoryIsASanitizers = false;
#endif

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

TEST_F(PoolTest, AnExceptionInTheHandler) {
  auto result = run(function("raises"));
  EXPECT_EQ(result.status, InvocationStatus::function_error);
  Json error = parse_json(result.payload).value_or(Json());
  EXPECT_EQ(error, Json::parse(R"({"errorMessage": "some error occurred", "errorType": "CustomException",
    "requestId": ")" + last_request_id_ +
                               R"(", "stackTrace":
    ["  File \"/var/task/index.py\", line 6, in handler\n    raise CustomException(\"some error occurred\")\n"]})"));
  EXPECT_THAT(keys(error), ElementsAre("errorMessage", "errorType", "requestId", "stackTrace"));
  EXPECT_THAT(own_messages(),
              ElementsAre("[ERROR] CustomException: some error occurred\nTraceback (most recent call last):\n" NB NB
                          "File \"/var/task/index.py\", line 6, in handler\n" NB NB NB NB
                          "raise CustomException(\"some error occurred\")"));
  EXPECT_THAT(log_.take(), ElementsAre());
}

TEST_F(PoolTest, AModuleThatIsMissing) {
  auto result = run(function("import_missing"));
  EXPECT_EQ(result.status, InvocationStatus::function_error);
  EXPECT_EQ(result.payload, R"({"errorMessage": "Unable to import module 'index': No module named 'no_such_module'", )"
                            R"("errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []})");
  auto messages = log_.take();
  ASSERT_EQ(messages.size(), 8u) << Json(messages).dump(1);
  EXPECT_EQ(messages[1],
            "[ERROR] Runtime.ImportModuleError: Unable to import module 'index': No module named "
            "'no_such_module'\nTraceback (most recent call last):");
  EXPECT_THAT(messages[2], MatchesRegex("INIT_REPORT Init Duration: [0-9.]+ ms\tPhase: init\tStatus: error\tError "
                                        "Type: Runtime.ImportModuleError\n"));
  EXPECT_EQ(messages[3], messages[1]);
  EXPECT_THAT(messages[4], HasSubstr("\tPhase: invoke\t"));
  EXPECT_THAT(messages[7], EndsWith("\tStatus: error\tError Type: Runtime.ImportModuleError\n"));
}

TEST_F(PoolTest, AnExceptionAtImport) {
  Json error = run_json(function("import_raises"));
  EXPECT_EQ(error["errorType"], "ValueError");
  EXPECT_EQ(error["errorMessage"], "not today");
  EXPECT_EQ(error["requestId"], "");
  ASSERT_GE(error["stackTrace"].size(), 3u);
  EXPECT_THAT(error["stackTrace"].front().get<std::string>(), HasSubstr("importlib/__init__.py"));
  EXPECT_EQ(error["stackTrace"].back(),
            "  File \"/var/task/index.py\", line 1, in <module>\n    raise ValueError(\"not today\")\n");
}

TEST_F(PoolTest, ASyntaxError) {
  Json error = run_json(function("syntax_error"));
  EXPECT_EQ(error["errorType"], "Runtime.UserCodeSyntaxError");
  EXPECT_EQ(error["errorMessage"], "Syntax error in module 'index': invalid syntax (index.py, line 3)");
  EXPECT_EQ(error["stackTrace"], Json::parse(R"(["  File \"/var/task/index.py\" Line 3\n    x = = 1\n"])"));
}

TEST_F(PoolTest, HandlerNamesThatDontWork) {
  EXPECT_EQ(run(function("echo", "handler")).payload,
            R"x({"errorMessage": "Bad handler 'handler': not enough values to unpack (expected 2, got 1)", )x"
            R"("errorType": "Runtime.MalformedHandlerName", "requestId": "", "stackTrace": []})");
  EXPECT_EQ(run(function("echo", "index.other")).payload,
            R"({"errorMessage": "Handler 'other' missing on module 'index'", )"
            R"("errorType": "Runtime.HandlerNotFound", "requestId": "", "stackTrace": []})");
  EXPECT_EQ(run(function("echo", "sys.exit")).payload,
            R"({"errorMessage": "Cannot use built-in module sys as a handler module", )"
            R"("errorType": "Runtime.BuiltInModuleConflict", "requestId": "", "stackTrace": []})");
}

TEST_F(PoolTest, ResultsAndEventsThatAreNotJson) {
  std::string payload = run(function("misc", "index.not_json")).payload;
  EXPECT_EQ(payload,
            R"({"errorMessage": "Unable to marshal response: Object of type datetime is not JSON serializable", )"
            R"("errorType": "Runtime.MarshalError", "requestId": ")" +
                last_request_id_ + R"(", "stackTrace": []})");
  Json error = run_json(function("echo"), "{not json");
  EXPECT_EQ(error["errorType"], "Runtime.UnmarshalError");
  EXPECT_THAT(error["errorMessage"].get<std::string>(), HasSubstr("Unable to unmarshal input: Expecting property"));
}

TEST_F(PoolTest, ATimeoutKillsTheProcessAndKeepsTmp) {
  auto f = function("misc", "index.tmp_counter");
  f.timeout_s = 1;
  EXPECT_EQ(run(f).payload, "1");
  log_.take();
  auto result = run(f, R"({"sleep":true})");
  EXPECT_EQ(result.status, InvocationStatus::function_error);
  EXPECT_EQ(result.payload, R"({"errorType":"Sandbox.Timedout","errorMessage":"RequestId: )" + last_request_id_ +
                                R"( Error: Task timed out after 1.00 seconds"})");
  auto messages = log_.take();
  ASSERT_EQ(messages.size(), 4u);
  EXPECT_THAT(messages[1], MatchesRegex("[0-9T:.-]+Z " + last_request_id_ + " Task timed out after 1.00 seconds\n\n"));
  EXPECT_THAT(messages[3], HasSubstr("\tDuration: 1000.00 ms\tBilled Duration: 1000 ms\t"));
  EXPECT_THAT(messages[3], EndsWith("\tStatus: timeout\n"));
  EXPECT_EQ(run(f).payload, "3");
  EXPECT_EQ(log_.stream_count(), 1u);
  EXPECT_EQ(pool().counts().environments, 1u);
}

TEST_F(PoolTest, Exits) {
  auto error_of = [&](const std::string& handler, const std::string& payload) {
    Json error = run_json(function("misc", handler), payload);
    EXPECT_THAT(keys(error), ElementsAre("errorType", "errorMessage"));
    EXPECT_EQ(error["errorType"], "Runtime.ExitError");
    std::string message = error["errorMessage"], head = "RequestId: " + last_request_id_ + " Error: ";
    EXPECT_EQ(message.substr(0, head.size()), head);
    return message.substr(std::min(head.size(), message.size()));
  };
  EXPECT_EQ(error_of("index.exit_code", R"({"code":0})"), "Runtime exited without providing a reason");
  EXPECT_THAT(own_messages(), ElementsAre("leaving\n", "RequestId: " + last_request_id_ +
                                                           " Error: Runtime exited without providing a "
                                                           "reason\nRuntime.ExitError\n"));
  EXPECT_EQ(error_of("index.exit_code", R"({"code":127})"), "Runtime exited with error: exit status 127");
  EXPECT_EQ(error_of("index.hard_exit", R"({"code":3})"), "Runtime exited with error: exit status 3");
  EXPECT_EQ(error_of("index.abort", "{}"), "Runtime exited with error: signal: aborted");
  EXPECT_EQ(run(function("misc", "index.hard_exit"), R"({"code":0})").status, InvocationStatus::function_error);
}

TEST_F(PoolTest, AnExitAtImport) {
  Json error = run_json(function("import_exits"));
  EXPECT_EQ(error["errorType"], "Runtime.ExitError");
  EXPECT_EQ(error["errorMessage"],
            "RequestId: " + last_request_id_ + " Error: Runtime exited without providing a reason");
}

TEST_F(PoolTest, AnImportThatTakesLongerThanTheFunctionMayRunCountsToTheInitPhase) {
  auto f = function("import_slow");
  f.timeout_s = 1;
  f.environment = {{"IMPORT_SECONDS", "1.3"}};
  EXPECT_EQ(run(f).payload, "\"imported\"");
}

TEST_F(PoolTest, MemoryBeyondTheSizeKills) {
  if (kMemoryIsASanitizers) GTEST_SKIP() << "the address sanitizer maps terabytes: nothing limits its processes";
  auto f = function("misc", "index.too_much_memory");
  f.timeout_s = 20;
  Json error = run_json(f);
  EXPECT_EQ(error["errorType"], "Runtime.ExitError") << error.dump();
  EXPECT_EQ(error["errorMessage"],
            "RequestId: " + last_request_id_ + " Error: Runtime exited with error: signal: killed");
  EXPECT_THAT(log_.take().back(), HasSubstr("\tMemory Size: 128 MB\tMax Memory Used: 128 MB\t"));
}

TEST_F(PoolTest, MemoryIsMeasured) {
  if (kMemoryIsASanitizers) GTEST_SKIP() << "the address sanitizer keeps what was freed";
  auto f = function("misc", "index.some_memory");
  f.memory_mb = 512;
  f.environment_key = "512";
  auto used = [&](int mb) {
    run(f, R"({"mb":)" + std::to_string(mb) + "}");
    std::string report = log_.take().back();
    return std::atoi(report.c_str() + report.find("Max Memory Used: ") + 17);
  };
  int before = used(0);
  EXPECT_GE(before, 9);  // a bare interpreter's, though most of it is shared with the parent
  EXPECT_LT(before, 100);
  EXPECT_GE(used(200), before + 195);
  EXPECT_LT(used(0), before + 230);
}

TEST_F(PoolTest, ADozenThreadsFitInto128Megabytes) {
  EXPECT_EQ(run(function("misc", "index.threads")).payload, "12");
}

TEST_F(PoolTest, AResponseThatIsTooLarge) {
  auto f = function("misc", "index.big_response");
  f.memory_mb = 512;
  f.timeout_s = 20;
  auto result = run(f, R"({"bytes":6291555})");
  EXPECT_EQ(result.payload,
            R"({"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).",)"
            R"("errorType":"Function.ResponseSizeTooLarge"})");
  EXPECT_EQ(run(f, R"({"bytes":6291554})").payload.size(), 6291556u);
}

TEST_F(PoolTest, TheTaskFolderIsReadOnlyWhereItIsMounted) {
  Json result = run_json(function("misc", "index.write_outside"));
  if (!result.is_string()) GTEST_SKIP() << "no namespaces here";
  EXPECT_EQ(result, "Read-only file system");
}

}  // namespace
}  // namespace millrace::pool
