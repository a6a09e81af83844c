#include "runtime/pool/secrets_questions.h"

#include <gtest/gtest.h>

namespace millrace::pool {
namespace {

using Kind = SecretsCache::Kind;

TEST(SecretsQuestions, AreTheServicesOperations) {
  Question parameter = read_question("/systemsmanager/parameters/get?name=%2Fa%2Fb&withDecryption=true");
  EXPECT_EQ(parameter.kind, Kind::parameter);
  EXPECT_EQ(parameter.input, (Json{{"Name", "/a/b"}, {"WithDecryption", true}}));
  EXPECT_EQ(read_question("/systemsmanager/parameters/get/?name=x&version=3").input, (Json{{"Name", "x:3"}}));
  EXPECT_EQ(read_question("/systemsmanager/parameters/get?name=x&label=prod").input, (Json{{"Name", "x:prod"}}));
  Question secret = read_question("/secretsmanager/get?secretId=db%2Bmain&versionStage=AWSPREVIOUS&versionId=v");
  EXPECT_EQ(secret.kind, Kind::secret);
  EXPECT_EQ(secret.input, (Json{{"SecretId", "db+main"}, {"VersionId", "v"}, {"VersionStage", "AWSPREVIOUS"}}));
}

TEST(SecretsQuestions, TheSameQuestionHasTheSameKey) {
  const std::string key = read_question("/secretsmanager/get?secretId=a&versionId=v").key;
  EXPECT_EQ(read_question("/secretsmanager/get/?versionId=v&secretId=%61").key, key);
  EXPECT_NE(read_question("/secretsmanager/get?secretId=a").key, key);
  EXPECT_NE(read_question("/systemsmanager/parameters/get?name=a").key,
            read_question("/systemsmanager/parameters/get?name=a&withDecryption=true").key);
}

TEST(SecretsQuestions, WhatIsNoneIsRefused) {
  for (auto [target, status] :
       {std::pair("/", 404), std::pair("", 404), std::pair("/secretsmanager", 404),
        std::pair("/secretsmanager/get", 400), std::pair("/systemsmanager/parameters/get?", 400),
        std::pair("/systemsmanager/parameters/get?name=a&version=b", 400),
        std::pair("/systemsmanager/parameters/get?name=a&version=1&label=b", 400),
        std::pair("/secretsmanager/get?&&=&secretId", 400)}) {
    EXPECT_EQ(read_question(target).status, status) << target;
    EXPECT_NE(read_question(target).refusal, "") << target;
  }
}

TEST(SecretsQuestions, TimesAreTextInAnswers) {
  EXPECT_EQ(*parse_json(shown_answer(Kind::parameter,
                                     R"({"Parameter":{"Name":"a","Value":"v","LastModifiedDate":1666651362.178}})")),
            *parse_json(R"({"Parameter":{"Name":"a","Value":"v","LastModifiedDate":"2022-10-24T22:42:42.178Z",
                            "Selector":null,"SourceResult":null},"ResultMetadata":{}})"));
  EXPECT_EQ(*parse_json(shown_answer(Kind::secret, R"({"Name":"a","SecretString":"v","CreatedDate":0.5})")),
            *parse_json(R"({"Name":"a","SecretString":"v","CreatedDate":"1970-01-01T00:00:00.500Z",
                            "SecretBinary":null,"ResultMetadata":{}})"));
}

TEST(SecretsQuestions, ErrorsAreTheirCodeAndMessage) {
  EXPECT_EQ(refusal_text(R"({"__type":"ParameterNotFound"})"), "ParameterNotFound: ");
  EXPECT_EQ(refusal_text(R"({"__type":"ResourceNotFoundException","Message":"m"})"), "ResourceNotFoundException: m");
  EXPECT_EQ(refusal_text("busy"), "busy");
}

TEST(SecretsQuestions, ThePortIsTheVariables) {
  const char* name = "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT";
  EXPECT_EQ(wanted_port({}), 2773);
  EXPECT_EQ(wanted_port({{name, "4000"}}), 4000);
  for (const char* text : {"", "0", "70000", "x", "40 "}) EXPECT_EQ(wanted_port({{name, text}}), 2773) << text;
}

}  // namespace
}  // namespace millrace::pool
