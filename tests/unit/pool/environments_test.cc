// Freezing, provisioned concurrency and response streaming, with the real worker.

#include <unistd.h>

#include <thread>

#include "runtime/pool/launch.h"
#include "tests/unit/pool/pool_fixture.h"

namespace millrace::pool {
namespace {

using ports::InvocationStatus;

bool until(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000 && !condition(); ++i) usleep(5'000);
  return condition();
}

TEST_F(PoolTest, ThreadsStandStillBetweenInvocations) {
  auto f = function("misc", "index.ticks");
  Json first = run_json(f);
  usleep(300'000);
  Json second = run_json(f);
  EXPECT_LT(second["before"].get<int>() - first["after"].get<int>(), 20);
  EXPECT_GT(second["after"], second["before"]);
}

TEST_F(PoolTest, ProvisionedEnvironmentsAreReadyAndStay) {
  auto f = std::make_shared<ports::FunctionVersion>(function("echo"));
  const std::string key = f->function_arn + ":1";
  pool().provision(key, f, 3);
  EXPECT_EQ(pool().provisioned(key).kept, 3);  // at once, not when the pool's thread has come to it
  ASSERT_TRUE(until([&] { return pool().provisioned(key).ready == 3; }));
  EXPECT_EQ(pool().counts().environments, 3u);
  EXPECT_EQ(run_json(*f)["calls"], 1);
  EXPECT_EQ(pool().counts().environments, 3u);  // one of them did it
  pool().provision(key, nullptr, 0);
  EXPECT_TRUE(until([&] { return pool().provisioned(key).kept == -1; }));
}

TEST_F(PoolTest, ProvisionedEnvironmentsComeBeforeWhatWasStartedOnDemand) {
  auto f = std::make_shared<ports::FunctionVersion>(function("misc", "index.initialization"));
  f->timeout_s = 20;
  const std::string key = f->function_arn + ":1";
  ASSERT_EQ(pool().counts().environments, 0u);
  // One on demand is under way while the provisioned one becomes ready, so it is the one that was used last.
  std::thread early([&] { EXPECT_EQ(run(*f, R"({"seconds":3})").payload, R"("on-demand")"); });
  ASSERT_TRUE(until([&] { return pool().counts().environments == 1; }));
  pool().provision(key, f, 1);
  ASSERT_TRUE(until([&] { return pool().provisioned(key).ready == 1; }));
  early.join();
  EXPECT_EQ(run(*f, R"({"seconds":0})").payload, R"("provisioned-concurrency")");
}

TEST_F(PoolTest, ProvisioningIsBounded) {
  options_.provisioned_max = 2;
  auto f = std::make_shared<ports::FunctionVersion>(function("echo"));
  const std::string key = f->function_arn + ":1";
  pool().provision(key, f, 50);
  ASSERT_TRUE(until([&] { return pool().provisioned(key).ready == 2; }));
  EXPECT_EQ(pool().provisioned(key).kept, 2);
}

TEST_F(PoolTest, ProvisioningThatFailsIsNotTriedForEver) {
  auto f = std::make_shared<ports::FunctionVersion>(function("import_raises"));
  const std::string key = f->function_arn + ":1";
  pool().provision(key, f, 2);
  ASSERT_TRUE(until([&] { return pool().provisioned(key).failed == 2; }));
  EXPECT_TRUE(until([&] { return pool().counts().environments == 0; }));
}

class Pieces final : public ports::ResponseStream {
 public:
  void begin(const std::string& content_type) override { all = content_type + "|"; }
  void piece(std::string bytes, std::function<void()> more) override {
    all += bytes;
    ++count;
    more();
  }
  std::string all;
  int count = 0;
};

TEST_F(PoolTest, AStreamedResponseComesInPieces) {
  if (find_on_path("node").empty()) GTEST_SKIP() << "node isn't on the PATH";
  auto f = function("node", "stream.handler", "nodejs20.x");
  f.timeout_s = 20;
  auto pieces = std::make_shared<Pieces>();
  stream_ = pieces;
  auto result = run(f, R"({"size":3000000})");
  EXPECT_EQ(result.status, InvocationStatus::ok);
  EXPECT_EQ(result.payload, "");
  EXPECT_GT(pieces->count, 1);
  EXPECT_EQ(pieces->all.size(), std::string("text/plain|").size() + 3'000'000);
  stream_ = nullptr;
  EXPECT_EQ(run(f, R"({"size":1000})").payload.size(), 1000u);  // wanted whole
  Json error = run_json(f, R"({"size":7000000})");
  EXPECT_EQ(error["errorType"], "Function.ResponseSizeTooLarge");
}

}  // namespace
}  // namespace millrace::pool
