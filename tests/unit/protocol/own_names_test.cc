#include "emulator/protocol/own_names.h"

#include <gtest/gtest.h>

namespace millrace::protocol {
namespace {

TEST(OwnNames, AreSplitFromTheLabelsBeforeThem) {
  struct Case {
    const char* host;
    const char* labels;
    const char* own;
  };
  const OwnNames names({"millrace", "dev.example.com", "big.millrace"});
  for (const Case& one : {
           Case{"localhost:4566", "", "localhost"},
           Case{"LocalHost.", "", "localhost"},
           Case{"b.c.localhost:80", "b.c", "localhost"},
           Case{"127.0.0.1:4566", "", "127.0.0.1"},
           Case{"000000000000.127.0.0.1:4566", "000000000000", "127.0.0.1"},
           Case{"sync-127.0.0.1", "", "127.0.0.1"},
           Case{"sync-localhost", "", "localhost"},
           Case{"a.data-localhost", "a", "localhost"},
           Case{"[::1]:4566", "", "::1"},
           Case{"000000000000.[::1]:4566", "000000000000", "::1"},
           Case{"millrace:4566", "", "millrace"},
           Case{"b.big.millrace", "b", "big.millrace"},
           Case{"x.s3.dev.example.com", "x.s3", "dev.example.com"},
           Case{"b.s3.eu-west-1.amazonaws.com", "b.s3.eu-west-1", "amazonaws.com"},
           Case{"b.localhost.localstack.cloud", "b", "localhost.localstack.cloud"},
           Case{"", "", ""},
       }) {
    const auto parts = names.parts(one.host);
    ASSERT_TRUE(parts) << one.host;
    EXPECT_EQ(parts->labels, one.labels) << one.host;
    EXPECT_EQ(parts->own, one.own) << one.host;
  }
}

TEST(OwnNames, AreNotStrangers) {
  const OwnNames names({"millrace"});
  for (const char* host :
       {"example.com", "localhost.evil.com", "127.0.0.1.evil.com", "notmillrace", "evil-localhost",
        "amazonaws.com.evil.com", "evilamazonaws.com", "amazonaws.com", "a127.0.0.1", "x.256.0.0.1", "a[::1]"}) {
    EXPECT_FALSE(names.parts(host)) << host;
  }
}

}  // namespace
}  // namespace millrace::protocol
