// Who is let in: by the Host, by what a browser says of the page that asks, and to the admin API by its token.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "emulator/server/admin_guard.h"
#include "emulator/server/browser_guard.h"
#include "emulator/server/host_guard.h"

namespace millrace::server {
namespace {

using protocol::HttpRequest;
using Sender = BrowserGuard::Sender;
using testing::HasSubstr;

HttpRequest with(std::initializer_list<std::pair<const char*, const char*>> headers) {
  HttpRequest head;
  head.method = "GET";
  head.target = "/";
  for (const auto& [name, value] : headers) head.headers.add(name, value);
  return head;
}

TEST(HostGuard, RefusesTheNamesOfStrangers) {
  const HostGuard guard({"millrace"});
  for (const char* host : {"127.0.0.1:4566", "localhost", "[::1]:4566", "millrace:80", "b.s3.us-east-1.amazonaws.com",
                           "b.localhost:4566", "192.168.1.2"})
    EXPECT_EQ(guard.host_refusal(with({{"Host", host}})), "") << host;
  for (const char* host :
       {"evil.com", "localhost.evil.com", "127.0.0.1.evil.com", "amazonaws.com", "millrace.evil.com"})
    EXPECT_THAT(guard.host_refusal(with({{"Host", host}})), HasSubstr(host)) << host;
}

TEST(BrowserGuard, TrustsPagesOfThisMachine) {
  const BrowserGuard guard({"https://app.example.com"});
  for (const char* origin : {"http://localhost", "https://localhost:3000", "http://127.0.0.1:8080", "http://127.9.9.9",
                             "http://[::1]:3000", "http://[::1]", "http://app.localhost:3000", "HTTP://LOCALHOST:1",
                             "https://app.example.com", "https://APP.example.com"})
    EXPECT_EQ(guard.sender(with({{"Origin", origin}})), Sender::trusted) << origin;
}

TEST(BrowserGuard, TakesEveryOtherOriginForAForeignPage) {
  const BrowserGuard guard({"https://app.example.com"});
  for (const char* origin : {"null",
                             "",
                             "https://evil.com",
                             "http://localhost.evil.com",
                             "http://localhost@evil.com",
                             "http://127.0.0.1.evil.com",
                             "http://evil.localhost.com",
                             "file://",
                             "localhost",
                             "ftp://localhost",
                             "http://localhost:3000:1",
                             "http://localhost:x",
                             "http://[::1",
                             "http://[::1]x",
                             "http://[::2]",
                             "http://192.168.1.2",
                             "http://b.s3.amazonaws.com",
                             "http://a b.localhost",
                             "http://a/.localhost",
                             "http://0.0.0.0",
                             "http://128.0.0.1",
                             "http://127.1",
                             "http://app.example.com",
                             "https://app.example.com:8443",
                             "https://app.example.com.evil.com"})
    EXPECT_EQ(guard.sender(with({{"Origin", origin}})), Sender::foreign_page) << origin;
}

TEST(BrowserGuard, KnowsOtherSitesLinksAndImages) {
  const BrowserGuard guard({});
  auto of = [&](const char* site, const char* host) {
    return guard.sender(with({{"Host", host}, {"Sec-Fetch-Site", site}}));
  };
  EXPECT_EQ(of("cross-site", "127.0.0.1:4566"), Sender::foreign_link);
  EXPECT_EQ(of("something-new", "127.0.0.1:4566"), Sender::foreign_link);
  EXPECT_EQ(of("same-origin", "127.0.0.1:4566"), Sender::trusted);
  EXPECT_EQ(of("none", "127.0.0.1:4566"), Sender::trusted);
  EXPECT_EQ(of("same-site", "localhost:4566"), Sender::trusted);
  EXPECT_EQ(of("same-site", "b.s3.amazonaws.com"), Sender::foreign_link);
  EXPECT_EQ(guard.sender(with({{"Host", "127.0.0.1"}})), Sender::trusted);  // no browser
  // An Origin says more than Sec-Fetch-Site, whichever comes first.
  EXPECT_EQ(guard.sender(with({{"Sec-Fetch-Site", "same-origin"}, {"Origin", "https://evil.com"}})),
            Sender::foreign_page);
}

TEST(BrowserGuard, KnowsWhatABrowserSendsByItself) {
  EXPECT_TRUE(BrowserGuard::is_navigation(with({{"Sec-Fetch-Site", "none"}})));
  EXPECT_TRUE(BrowserGuard::is_navigation(with({{"User-Agent", "Mozilla/5.0 (X11)"}})));
  EXPECT_FALSE(BrowserGuard::is_navigation(with({{"User-Agent", "Boto3/1.28"}})));
  EXPECT_FALSE(BrowserGuard::is_navigation(with({{"User-Agent", "Mozilla/5.0"}, {"Origin", "http://localhost"}})));
}

TEST(BrowserGuard, NamesTheOriginThatItRefuses) {
  EXPECT_THAT(BrowserGuard::refusal(with({{"Origin", "https://evil.com"}})),
              HasSubstr("--allow-origin https://evil.com"));
  EXPECT_THAT(BrowserGuard::refusal(with({{"Origin", "null"}})), HasSubstr("without an origin"));
  EXPECT_THAT(BrowserGuard::refusal(with({})), HasSubstr("another site's page"));
}

TEST(AdminGuard, WantsTheTokenFromThoseWhoMayBeHandlers) {
  bool handler = false;
  const AdminGuard guard(
      {"0123456789abcdef", "/data/admin-token", false, [&](const ConnectionEnds&) { return handler; }});
  EXPECT_EQ(guard.refusal(with({}), {}), "");
  handler = true;
  EXPECT_THAT(guard.refusal(with({}), {}), HasSubstr("/data/admin-token"));
  EXPECT_EQ(guard.refusal(with({{"Authorization", "Bearer 0123456789abcdef"}}), {}), "");
  EXPECT_EQ(guard.refusal(with({{"authorization", "bearer 0123456789abcdef"}}), {}), "");
  for (const char* shown : {"Bearer 0123456789abcdeg", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0", "Bearer ",
                            "Bearer", "0123456789abcdef", "Basic 0123456789abcdef"})
    EXPECT_NE(guard.refusal(with({{"Authorization", shown}}), {}), "") << shown;
  handler = false;  // whoever shows a wrong one is told so
  EXPECT_NE(guard.refusal(with({{"Authorization", "Bearer no"}}), {}), "");
}

TEST(AdminGuard, WantsItFromEverybodyWhereOthersReachTheServer) {
  const AdminGuard guard({"0123456789abcdef", "file", true, [](const ConnectionEnds&) { return false; }});
  EXPECT_NE(guard.refusal(with({}), {}), "");
  EXPECT_EQ(guard.refusal(with({{"Authorization", "Bearer 0123456789abcdef"}}), {}), "");
}

TEST(AdminGuard, KnowsWhichAddressesAreThisMachineSAlone) {
  for (const char* host : {"127.0.0.1", "127.3.2.1", "localhost", "::1"})
    EXPECT_TRUE(is_loopback_address(host)) << host;
  for (const char* host : {"0.0.0.0", "::", "192.168.0.1", "example.com", ""})
    EXPECT_FALSE(is_loopback_address(host)) << host;
}

class AdminToken : public testing::Test {
 protected:
  AdminToken() {
    std::string pattern = testing::TempDir() + "token-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~AdminToken() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& text) { std::ofstream(admin_token_file(folder_)) << text; }
  std::string folder_;
};

TEST_F(AdminToken, IsMadeOnceAndNobodyElseReadsIt) {
  EXPECT_EQ(kept_admin_token(folder_), "");
  const std::string token = admin_token(folder_);
  EXPECT_EQ(token.size(), 32u);
  EXPECT_EQ(kept_admin_token(folder_), token);
  EXPECT_EQ(admin_token(folder_), token);
  struct stat state {};
  ASSERT_EQ(stat(admin_token_file(folder_).c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777, 0600u);
}

TEST_F(AdminToken, ThatIsDamagedIsMadeAnew) {
  const std::string token = admin_token(folder_);
  for (const std::string& damaged :
       {token, token.substr(1) + "\n", std::string(32, 'g') + "\n", token + "0\n", std::string()}) {
    write(damaged);
    EXPECT_EQ(kept_admin_token(folder_), "") << damaged;
    const std::string fresh = admin_token(folder_);
    EXPECT_NE(fresh, token);
    EXPECT_EQ(kept_admin_token(folder_), fresh);
  }
}

TEST_F(AdminToken, ThatCanTBeKeptHoldsForThisRun) {
  EXPECT_EQ(admin_token(folder_ + "/missing").size(), 32u);
}

}  // namespace
}  // namespace millrace::server
