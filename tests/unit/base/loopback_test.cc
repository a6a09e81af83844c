#include "emulator/base/loopback.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Loopback, HostsAreFoundInUrls) {
  EXPECT_EQ(host_of_url("http://a.b.c:80/path?x=@y"), "a.b.c");
  EXPECT_EQ(host_of_url("https://user:secret@a.b/"), "a.b");
  EXPECT_EQ(host_of_url("http://[::1]:8080/x"), "::1");
  EXPECT_EQ(host_of_url("a.b.c"), "");
}

TEST(Loopback, OnlyThisMachineIsLoopback) {
  for (const char* url : {"http://localhost/x", "http://a.localhost:1", "http://127.1.2.3", "http://[::1]/"})
    EXPECT_TRUE(is_loopback_url(url)) << url;
  for (const char* url : {"http://example.com/localhost", "http://127.0.0.1.example.com",
                          "http://localhost@example.com", "http://10.0.0.1", "http://[::2]/", "localhost", ""})
    EXPECT_FALSE(is_loopback_url(url)) << url;
}

}  // namespace
}  // namespace millrace
