#include "emulator/base/page_token.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace millrace {
namespace {

using Names = std::set<std::string>;

/// One page of `names`, and the next token.
std::pair<std::vector<std::string>, std::string> page(const Names& names, const std::string& token, size_t size) {
  auto pager = Pager::open("List", token, size);
  EXPECT_TRUE(pager);
  std::vector<std::string> taken;
  for (const std::string& name : names) {
    if (pager->takes(name)) taken.push_back(name);
  }
  return {taken, pager->next_token().value_or("")};
}

TEST(Pager, EntriesThatStayAreSeenOnceWhateverGoes) {
  std::mt19937 random(7);  // NOLINT: the same cases each time
  for (int round = 0; round < 300; ++round) {
    Names names, gone, seen;
    for (size_t i = random() % 20; i-- > 0;)
      names.insert(std::string(1 + random() % 3, static_cast<char>('a' + random() % 5)));
    const Names all = names;
    std::string token;
    const size_t size = 1 + random() % 4;
    do {
      auto [taken, next] = page(names, token, size);
      EXPECT_LE(taken.size(), size);
      for (const std::string& name : taken) EXPECT_TRUE(seen.insert(name).second) << name;
      token = next;
      for (size_t i = random() % 3; i-- > 0 && !names.empty();) {
        auto victim = std::next(names.begin(), static_cast<std::ptrdiff_t>(random() % names.size()));
        gone.insert(*victim);
        names.erase(victim);
      }
    } while (!token.empty());
    for (const std::string& name : all) {
      EXPECT_TRUE(gone.contains(name) || seen.contains(name)) << name;
    }
  }
}

TEST(Pager, ThePageThatHoldsTheLastEntryIsTheLast) {
  const Names names{"a", "b", "c", "d"};
  auto [taken, next] = page(names, "", 2);
  EXPECT_EQ(taken, (std::vector<std::string>{"a", "b"}));
  auto [rest, end] = page(names, next, 2);
  EXPECT_EQ(rest, (std::vector<std::string>{"c", "d"}));
  EXPECT_EQ(end, "");
}

TEST(Pager, TokensOfOtherListsAndAlteredOnesAreRefused) {
  const std::string token = page_token("List", "a");
  EXPECT_TRUE(Pager::open("List", token, 1));
  EXPECT_TRUE(Pager::open("List", "", 1));
  EXPECT_FALSE(Pager::open("Lis", token, 1));
  EXPECT_FALSE(Pager::open("List2", token, 1));
  EXPECT_FALSE(Pager::open("List", "a", 1));
  for (size_t i = 0; i < token.size(); ++i) {
    std::string altered = token;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(Pager::open("List", altered, 1)) << i;
  }
}

}  // namespace
}  // namespace millrace
