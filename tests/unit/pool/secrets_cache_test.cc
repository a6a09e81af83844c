#include "runtime/pool/secrets_cache.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace millrace::pool {
namespace {

using Variables = std::map<std::string, std::string>;

using Kind = SecretsCache::Kind;
using Variables = std::map<std::string, std::string>;

TEST(SecretsCache, RemembersForFiveMinutes) {
  SecretsCache cache(Variables{});
  cache.put(Kind::parameter, "a", "1", 1000);
  EXPECT_EQ(cache.find("a", 1000 + 299'999), "1");
  EXPECT_EQ(cache.find("a", 1000 + 300'000), std::nullopt);
  EXPECT_EQ(cache.find("b", 1000), std::nullopt);
}

TEST(SecretsCache, EachServiceHasItsTime) {
  SecretsCache cache(Variables{{"SSM_PARAMETER_STORE_TTL", "0"}, {"SECRETS_MANAGER_TTL", "10"}});
  cache.put(Kind::parameter, "p", "1", 0);
  cache.put(Kind::secret, "s", "2", 0);
  EXPECT_EQ(cache.find("p", 0), std::nullopt);
  EXPECT_EQ(cache.find("s", 9'999), "2");
  EXPECT_EQ(cache.find("s", 10'000), std::nullopt);
}

TEST(SecretsCache, WhatIsNoNumberOrTooLargeIsTheMost) {
  for (const char* text : {"ten", "301", "99999", ""}) {
    SecretsCache cache(Variables{{"SSM_PARAMETER_STORE_TTL", text}});
    cache.put(Kind::parameter, "p", "1", 0);
    EXPECT_EQ(cache.find("p", 299'999), "1") << text;
    EXPECT_EQ(cache.find("p", 300'000), std::nullopt) << text;
  }
}

TEST(SecretsCache, WhatWasAskedForLongestAgoGoes) {
  SecretsCache cache(Variables{{"PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE", "2"}});
  cache.put(Kind::parameter, "a", "1", 0);
  cache.put(Kind::parameter, "b", "2", 0);
  EXPECT_EQ(cache.find("a", 1), "1");
  cache.put(Kind::parameter, "c", "3", 2);
  EXPECT_EQ(cache.find("b", 3), std::nullopt);
  EXPECT_EQ(cache.find("a", 3), "1");
  EXPECT_EQ(cache.find("c", 3), "3");
  cache.put(Kind::parameter, "c", "4", 4);
  EXPECT_EQ(cache.find("c", 5), "4");
  EXPECT_EQ(cache.find("a", 5), "1");
}

TEST(SecretsCache, CanBeTurnedOff) {
  SecretsCache cache(Variables{{"PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED", "FALSE"}});
  cache.put(Kind::secret, "s", "1", 0);
  EXPECT_EQ(cache.find("s", 0), std::nullopt);
}

}  // namespace
}  // namespace millrace::pool
