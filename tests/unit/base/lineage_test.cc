#include "emulator/base/lineage.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

constexpr const char* kTrace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
constexpr const char* kFunction = "arn:aws:lambda:us-east-1:000000000000:function:f";
constexpr const char* kOther = "arn:aws:lambda:us-east-1:000000000000:function:g";

TEST(Lineage, CountsEachFunctionOfAChain) {
  std::string header = kTrace;
  EXPECT_EQ(times_through(header, kFunction), 0);
  for (int time = 1; time <= 20; ++time) {
    header = gone_through(header, kFunction, "Root=unused");
    header = gone_through(header, kOther, "Root=unused");
    EXPECT_EQ(times_through(header, kFunction), time);
    EXPECT_EQ(times_through(header, kOther), time);
  }
  EXPECT_TRUE(header.starts_with(std::string(kTrace) + ";Lineage=1:")) << header;
}

TEST(Lineage, BeginsAtZeroInATraceOfItsOwn) {
  const std::string header = gone_through("", kFunction, "Root=1-a;Sampled=0");
  EXPECT_TRUE(header.starts_with("Root=1-a;Sampled=0;Lineage=1:")) << header;
  EXPECT_TRUE(header.ends_with(":0")) << header;
  // What a batch hands on: where its messages' chains have come to, without their traces.
  const std::string next = gone_through(header.substr(header.find("Lineage=")), kFunction, "Root=1-b");
  EXPECT_TRUE(next.starts_with("Root=1-b;Lineage=1:") && next.ends_with(":1")) << next;
}

TEST(Lineage, KeepsWhatStandsBehindIt) {
  const std::string header = gone_through("Root=1-a;Lineage=1:00000000:3;Sampled=1", kFunction, "");
  EXPECT_TRUE(header.starts_with("Root=1-a;Sampled=1;Lineage=1:00000000:3,1:")) << header;
}

TEST(Lineage, CanBeLeftOut) {
  EXPECT_EQ(without_lineage(std::string(kTrace) + ";Lineage=1:00000000:3"), kTrace);
  EXPECT_EQ(without_lineage("Lineage=1:00000000:3;Root=1-a"), "Root=1-a");
  EXPECT_EQ(without_lineage(kTrace), kTrace);
  EXPECT_EQ(without_lineage(""), "");
}

TEST(Lineage, StaysShort) {
  std::string header = kTrace;
  for (int i = 0; i < 100; ++i) header = gone_through(header, kFunction + std::to_string(i), "");
  EXPECT_LT(header.size(), 300u);
}

TEST(Lineage, IsNotFooledByWhatIsNoLineage) {
  for (const char* header :
       {"Lineage=", "Lineage=1", "Lineage=1:x", "Lineage=1:x:-3", "Lineage=1:x:99999999999", "Lineage=,,:::"})
    EXPECT_TRUE(gone_through(header, kFunction, "Root=1-a").starts_with("Root=1-a;Lineage=1:")) << header;
}

}  // namespace
}  // namespace millrace
