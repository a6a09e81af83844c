// HTTP to event and result to HTTP.

#include "emulator/services/lambda/function_url_event.h"

#include <gtest/gtest.h>

#include "emulator/base/encoding.h"

namespace millrace::lambda {
namespace {

using protocol::HttpReply;
using protocol::HttpRequest;

Json event_of(const std::string& method, const std::string& target, const std::string& body = "",
              const std::vector<std::pair<std::string, std::string>>& headers = {}) {
  protocol::Call call;
  call.http.method = method;
  call.http.target = target;
  call.http.body = body;
  call.http.peer = "127.0.0.1:5000";
  call.http.headers.add("Host", "abc.lambda-url.us-east-1.localhost:4566");
  for (const auto& [name, value] : headers) call.http.headers.add(name, value);
  call.caller.anonymous = true;
  call.received_ms = 1'583'348'638'000;
  auto request = url_request(call.http);
  EXPECT_TRUE(request.has_value());
  return *parse_json(url_event(call, FunctionUrl{}, *request));
}

TEST(UrlRequest, IsFoundByHostOrPath) {
  HttpRequest request;
  request.target = "/a/b?c";
  request.headers.set("Host", "ABC.lambda-url.us-east-1.localhost:4566");
  EXPECT_EQ(url_request(request)->id, "abc");
  EXPECT_EQ(url_request(request)->path, "/a/b");
  request.headers.set("Host", "127.0.0.1:4566");
  EXPECT_FALSE(url_request(request).has_value());
  request.target = "/_lambda-url/xyz/a%2Fb?c";
  EXPECT_EQ(url_request(request)->id, "xyz");
  EXPECT_EQ(url_request(request)->path, "/a%2Fb");
  request.target = "/_lambda-url/xyz";
  EXPECT_EQ(url_request(request)->path, "/");
}

TEST(UrlEvent, QueryHeadersAndCookies) {
  Json event = event_of("GET", "/p?a=1&b=%20&a=2", "", {{"X-One", "1"}, {"x-one", "2"}, {"Cookie", "c=1; d=2"}});
  EXPECT_EQ(event["rawQueryString"], "a=1&b=%20&a=2");
  EXPECT_EQ(event["queryStringParameters"], (Json{{"a", "1,2"}, {"b", " "}}));
  EXPECT_EQ(event["headers"]["x-one"], "1,2");
  EXPECT_EQ(event["cookies"], Json::array({"c=1", "d=2"}));
  EXPECT_EQ(event["requestContext"]["accountId"], "anonymous");
  EXPECT_EQ(event["requestContext"]["time"], "04/Mar/2020:19:03:58 +0000");
  EXPECT_EQ(event["requestContext"]["http"]["sourceIp"], "127.0.0.1");
  EXPECT_FALSE(event.contains("body"));
  EXPECT_FALSE(event_of("GET", "/").contains("queryStringParameters"));
}

TEST(UrlEvent, BodiesAreTextOrBase64) {
  auto encoded = [](const std::string& type, const std::string& body) {
    return event_of("POST", "/", body, {{"Content-Type", type}})["isBase64Encoded"].get<bool>();
  };
  EXPECT_FALSE(encoded("application/json; charset=utf-8", "{}"));
  EXPECT_FALSE(encoded("text/plain", "x"));
  EXPECT_FALSE(encoded("application/vnd.api+json", "{}"));
  EXPECT_TRUE(encoded("multipart/form-data; boundary=x", "x"));
  EXPECT_TRUE(encoded("application/octet-stream", "x"));
  EXPECT_TRUE(encoded("text/plain", "\xff"));
}

TEST(UrlReply, ResultsWithAndWithoutAStatus) {
  HttpReply reply = url_reply(R"({"statusCode":404,"headers":{"X-A":"b"},"body":"no","cookies":["a=1","b=2"]})");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.headers.get("X-A"), "b");
  EXPECT_EQ(reply.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(reply.body, "no");
  EXPECT_EQ(url_reply(R"({"a":1})").body, R"({"a":1})");
  EXPECT_EQ(url_reply(R"("text")").body, "text");
  EXPECT_EQ(url_reply(R"({"statusCode":200,"body":"AAE=","isBase64Encoded":true})").body, std::string("\0\1", 2));
}

TEST(UrlReply, HeadersCannotSplitTheAnswer) {
  HttpReply reply =
      url_reply(R"({"statusCode":200,"headers":{"X-A":"b\r\nX-Evil: 1","Content-Length":"5"},"cookies":["a\r\nb"]})");
  EXPECT_FALSE(reply.headers.has("X-A"));
  EXPECT_FALSE(reply.headers.has("Content-Length"));
  EXPECT_FALSE(reply.headers.has("Set-Cookie"));
}

TEST(Cors, OriginsThatAreListed) {
  Json config = {{"Cors", {{"AllowOrigins", {"https://a.example"}}}}};
  EXPECT_TRUE(origin_listed(config, "https://a.example"));
  for (const char* origin : {"https://b.example", "null", "", "http://localhost", "http://a.example"})
    EXPECT_FALSE(origin_listed(config, origin)) << origin;
  EXPECT_FALSE(origin_listed(Json::object(), "https://a.example"));
  EXPECT_TRUE(origin_listed({{"Cors", {{"AllowOrigins", {"*"}}}}}, "https://b.example"));
}

}  // namespace
}  // namespace millrace::lambda
