#include "runtime/pool/platform_log.h"

#include <gmock/gmock.h>

#include "runtime/pool/names.h"

namespace millrace::pool {
namespace {

ports::FunctionVersion function() {
  ports::FunctionVersion f;
  f.region = "eu-west-1";
  f.name = "fn";
  f.version = "7";
  f.runtime = "python3.13";
  f.timeout_s = 3;
  return f;
}

InvocationReport report() {
  InvocationReport r;
  r.request_id = "id";
  r.duration_ms = 3.014;
  r.max_memory_mb = 36;
  return r;
}

TEST(PlatformLog, ReportOfAWarmInvocation) {
  EXPECT_EQ(report_line(function(), 0, report()),
            "REPORT RequestId: id\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory "
            "Used: 36 "
            "MB\t\n");
}

TEST(PlatformLog, InitialisationIsBilled) {
  InvocationReport cold = report();
  cold.init_ms = 110.1;
  EXPECT_EQ(report_line(function(), 0, cold),
            "REPORT RequestId: id\tDuration: 3.01 ms\tBilled Duration: 114 ms\tMemory Size: 128 MB\tMax "
            "Memory Used: "
            "36 MB\tInit Duration: 110.10 ms\t\n");
}

TEST(PlatformLog, ATimeout) {
  InvocationReport r = report();
  r.duration_ms = 3000;
  r.status = "timeout";
  EXPECT_EQ(*report_line(function(), 0, r),
            "REPORT RequestId: id\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory "
            "Used: 36 MB\tStatus: timeout\n");
  EXPECT_EQ(timeout_line(function(), 1'657'720'081'000, "id"),
            "2022-07-13T13:48:01.000Z id Task timed out after 3.00 seconds\n\n");
}

TEST(PlatformLog, JsonLeavesOutEndAndWhatTheLevelHides) {
  ports::FunctionVersion f = function();
  f.log_format = "JSON";
  EXPECT_EQ(end_line(f, "id"), std::nullopt);
  EXPECT_EQ(start_line(f, 1'657'720'081'000, "id"),
            R"({"time":"2022-07-13T13:48:01.000Z","type":"platform.start","record":{"requestId":"id","version":"7"}})"
            "\n");
  f.system_log_level = "WARN";
  EXPECT_EQ(start_line(f, 0, "id"), std::nullopt);
  EXPECT_EQ(report_line(f, 0, report()), std::nullopt);
  InvocationReport failed = report();
  failed.status = "timeout";
  EXPECT_THAT(report_line(f, 0, failed).value_or(""), ::testing::HasSubstr(R"("status":"timeout")"));
}

TEST(PlatformLog, LevelsOfJsonEvents) {
  ports::FunctionVersion f = function();
  f.log_format = "JSON";
  InitReport done, provisioned, broken;
  provisioned.type = "provisioned-concurrency";
  broken.status = "error";
  broken.error_type = "Runtime.ExitError";
  InvocationReport failed = report();
  failed.status = "timeout";
  auto shown = [&](const char* level) {
    f.system_log_level = level;
    std::string out;
    for (const Line& line :
         {init_start_line(f, 0, "on-demand"), start_line(f, 0, "id"), report_line(f, 0, report()),
          init_report_line(f, 0, provisioned), init_done_line(f, 0, done), init_report_line(f, 0, done),
          runtime_done_line(f, 0, report(), 2), init_done_line(f, 0, broken), init_report_line(f, 0, broken),
          runtime_done_line(f, 0, failed, 0), report_line(f, 0, failed)})
      out += line ? "x" : "-";
    return out;
  };
  EXPECT_EQ(shown("DEBUG"), "xxxxxxxxxxx");
  EXPECT_EQ(shown("INFO"), "xxxx---xxxx");
  EXPECT_EQ(shown("WARN"), "-------xxxx");
  EXPECT_EQ(runtime_done_line(f, 0, failed, 0),
            R"({"time":"1970-01-01T00:00:00.000Z","type":"platform.runtimeDone","record":{"requestId":"id",)"
            R"("status":"timeout","metrics":{"durationMs":3.014,"producedBytes":0}}})"
            "\n");
}

TEST(PlatformLog, TextHasNoLineForAnInitialisationThatSucceeds) {
  InitReport report;
  EXPECT_EQ(init_report_line(function(), 0, report), std::nullopt);
  report.type = "provisioned-concurrency";
  report.duration_ms = 12;
  EXPECT_EQ(init_report_line(function(), 0, report),
            "INIT_REPORT Init Duration: 12.00 ms\tPhase: init\tStatus: success\n");
  EXPECT_EQ(init_done_line(function(), 0, report), std::nullopt);
}

TEST(Names, ExitReasons) {
  EXPECT_EQ(exit_reason({0, 0}), "Runtime exited without providing a reason");
  EXPECT_EQ(exit_reason({127, 0}), "Runtime exited with error: exit status 127");
  EXPECT_EQ(exit_reason({-1, 9}), "Runtime exited with error: signal: killed");
  EXPECT_EQ(exit_reason({-1, 11}), "Runtime exited with error: signal: segmentation fault");
}

TEST(Names, LogStreams) {
  SeededRandom random(1);
  EXPECT_THAT(log_stream_name(function(), 1'706'692'507'000, random),
              ::testing::MatchesRegex("2024/01/31/\\[7\\][0-9a-f]+"));
}

}  // namespace
}  // namespace millrace::pool
