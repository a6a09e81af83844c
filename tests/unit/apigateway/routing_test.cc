#include "emulator/services/apigateway/routing.h"

#include <gtest/gtest.h>

namespace millrace::apigateway {
namespace {

/// The key of the route that takes the request, and the path parameters as `name=value,`; "-" if none does.
std::string taken(const std::vector<std::string>& keys, std::string_view method, std::string_view path) {
  std::vector<RouteKey> routes;
  for (const std::string& key : keys) routes.push_back(*parse_route_key(key));
  auto match = match_route(routes, method, path);
  if (!match) return "-";
  std::string out = keys[match->index];
  for (const auto& [name, value] : match->values) out += " " + name + "=" + value;
  return out;
}

TEST(Routing, KeysThatArentRoutesAreRefused) {
  for (const char* bad : {"", "/items", "GET", "GET items", "FETCH /items", "GET /{proxy+}/more", "get /items"})
    EXPECT_FALSE(parse_route_key(bad)) << bad;
  EXPECT_TRUE(parse_route_key("$default")->is_default());
  EXPECT_EQ(parse_route_key("ANY /a/{b}/{c+}")->segments.size(), 3u);
}

TEST(Routing, MoreLiteralSegmentsWin) {
  const std::vector<std::string> keys = {"GET /pets/{kind}/{id}", "GET /pets/dog/{id}", "GET /pets/dog/1",
                                         "GET /pets/{proxy+}", "$default"};
  EXPECT_EQ(taken(keys, "GET", "/pets/dog/1"), "GET /pets/dog/1");
  EXPECT_EQ(taken(keys, "GET", "/pets/dog/2"), "GET /pets/dog/{id} id=2");
  EXPECT_EQ(taken(keys, "GET", "/pets/cat/2"), "GET /pets/{kind}/{id} id=2 kind=cat");
  EXPECT_EQ(taken(keys, "GET", "/pets/cat/2/x"), "GET /pets/{proxy+} proxy=cat/2/x");
  EXPECT_EQ(taken(keys, "GET", "/pets"), "$default");
  EXPECT_EQ(taken(keys, "POST", "/pets/dog/1"), "$default");
}

TEST(Routing, AMethodOfItsOwnComesBeforeAny) {
  const std::vector<std::string> keys = {"ANY /items", "GET /items", "ANY /{proxy+}", "POST /{proxy+}"};
  EXPECT_EQ(taken(keys, "GET", "/items"), "GET /items");
  EXPECT_EQ(taken(keys, "PUT", "/items"), "ANY /items");
  EXPECT_EQ(taken(keys, "POST", "/items"), "ANY /items") << "a full match before a greedy one";
  EXPECT_EQ(taken(keys, "POST", "/other"), "POST /{proxy+} proxy=other");
}

TEST(Routing, LongerPrefixesOfGreedyRoutesWin) {
  const std::vector<std::string> keys = {"GET /{proxy+}", "GET /a/{proxy+}", "GET /a/b/{proxy+}"};
  EXPECT_EQ(taken(keys, "GET", "/a/b/c"), "GET /a/b/{proxy+} proxy=c");
  EXPECT_EQ(taken(keys, "GET", "/a/c/b"), "GET /a/{proxy+} proxy=c/b");
  EXPECT_EQ(taken(keys, "GET", "/"), "-") << "greedy takes one segment at least";
}

TEST(Routing, ParametersAreDecodedAfterThePathIsSplit) {
  const std::vector<std::string> keys = {"GET /items/{id}", "GET /"};
  EXPECT_EQ(taken(keys, "GET", "/items/a%2Fb%20c"), "GET /items/{id} id=a/b c");
  EXPECT_EQ(taken(keys, "GET", "/items/"), "-") << "an empty segment is no value";
  EXPECT_EQ(taken(keys, "GET", "/"), "GET /");
}

}  // namespace
}  // namespace millrace::apigateway
