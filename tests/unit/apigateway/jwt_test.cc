#include "emulator/services/apigateway/jwt.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace millrace::apigateway {
namespace {

constexpr Millis kNow = 1'700'000'000'000;
const std::vector<std::string> kAudience = {"app"};

/// Tokens made once with an RSA key of 2,048 bits whose public half is in the file too.
Json vectors() {
  std::ifstream file(std::string(MILLRACE_TESTS_DIR) + "/data/jwt.json");
  std::stringstream text;
  text << file.rdbuf();
  return *parse_json(text.str());
}

std::string problem(const Json& data, const char* name, const Json& keys) {
  auto token = parse_token(text_of(data["tokens"], name));
  return token ? problem_with(*token, "https://issuer.example", kAudience, keys, kNow) : "not a token";
}

TEST(Jwt, GoodTokensPass) {
  const Json data = vectors();
  EXPECT_EQ(problem(data, "good", data["jwks"]), "");
  EXPECT_EQ(problem(data, "audience_in_client_id", data["jwks"]), "");
}

TEST(Jwt, EachDefectIsNamed) {
  const Json data = vectors();
  EXPECT_EQ(problem(data, "expired", data["jwks"]), "the token has expired");
  EXPECT_EQ(problem(data, "other_audience", data["jwks"]), "the token does not have a valid audience");
  EXPECT_EQ(problem(data, "other_issuer", data["jwks"]), "invalid issuer");
  EXPECT_EQ(problem(data, "hs256", data["jwks"]), "signing method HS256 is invalid");
  EXPECT_EQ(problem(data, "tampered", data["jwks"]), "the token's signature is invalid");
  EXPECT_EQ(problem(data, "good", Json{{"keys", Json::array()}}), "the token's signature is invalid");
  EXPECT_EQ(problem(data, "garbage", data["jwks"]), "not a token");
}

TEST(Jwt, WithoutKeysTheSignatureIsNotChecked) {
  const Json data = vectors();
  EXPECT_EQ(problem(data, "tampered", Json()), "");
}

TEST(Jwt, ScopesComeAsTextOrList) {
  const Json data = vectors();
  EXPECT_EQ(scopes_of(*parse_token(text_of(data["tokens"], "good"))), (std::vector<std::string>{"read", "write"}));
  EXPECT_EQ(scopes_of(*parse_token(text_of(data["tokens"], "audience_in_client_id"))),
            std::vector<std::string>{"admin"});
}

}  // namespace
}  // namespace millrace::apigateway
