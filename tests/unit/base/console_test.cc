#include "emulator/base/console.h"

#include <gtest/gtest.h>

#include "emulator/base/json.h"

namespace millrace::console {
namespace {

Request put_item() {
  Request request;
  request.took_us = 1234;
  request.status = 200;
  request.service = "dynamodb";
  request.operation = "PutItem";
  request.resource = "users";
  request.account = "000000000000";
  request.region = "us-east-1";
  request.request_id = "R1";
  return request;
}

/// Without the time, which is the machine's zone's.
std::string tail_of(const std::string& line) {
  return line.substr(std::string("12:34:56.789").size());
}

TEST(Console, ARequestIsALine) {
  EXPECT_EQ(tail_of(line_of(put_item(), {})), "  dynamodb PutItem users                200  1.2 ms\n");
}

TEST(Console, AccountAndRegionAreShownWhereTheyAreNotTheDefaults) {
  Request request = put_item();
  request.account = "111122223333";
  request.region = "eu-west-1";
  EXPECT_EQ(tail_of(line_of(request, {})), "  dynamodb PutItem users 111122223333 eu-west-1  200  1.2 ms\n");
}

TEST(Console, AnErrorHasItsCodeAndItsWords) {
  Request request = put_item();
  request.status = 400;
  request.code = "ValidationException";
  request.message =
      "bad\nnews\x1b[2J \xc2\x9b"
      "2J \u00a0\u00fc";
  EXPECT_EQ(tail_of(line_of(request, {})),
            "  dynamodb PutItem users                400 ValidationException  1.2 ms  bad\\x0anews\\x1b[2J \\x9b2J "
            "\u00a0\u00fc\n");
}

TEST(Console, ManyAlikeAreOneLineWithTheirNumber) {
  EXPECT_EQ(tail_of(line_of(put_item(), {}, 4812)),
            "  dynamodb PutItem users                200  up to 1.2 ms  x 4812\n");
}

TEST(Console, LambdasReportIsShownWithoutTheRequestThatStandsBeforeIt) {
  HandlerLine line{.function = "ship", .request_id = "e310677c-a14b-4558-bb90-1028ac64aad2"};
  line.text = "REPORT RequestId: e310677c-a14b-4558-bb90-1028ac64aad2\tDuration: 1.34 ms\tBilled Duration: 2 ms\t";
  EXPECT_EQ(tail_of(line_of(line, {})), "  ship e310677c | REPORT Duration: 1.34 ms  Billed Duration: 2 ms\n");
  line.text = "my\town\ttabs";
  EXPECT_EQ(tail_of(line_of(line, {})), "  ship e310677c | my\town\ttabs\n");
}

TEST(Console, ColoursGoByTheOutcome) {
  Request request = put_item();
  EXPECT_NE(line_of(request, {.colour = true}).find("\x1b[32m200\x1b[0m"), std::string::npos);
  request.status = 404;
  EXPECT_NE(line_of(request, {.colour = true}).find("\x1b[33m404\x1b[0m"), std::string::npos);
  request.status = 501;
  EXPECT_NE(line_of(request, {.colour = true}).find("\x1b[31m501\x1b[0m"), std::string::npos);
}

TEST(Console, JsonHasEverything) {
  auto line = parse_json(line_of(put_item(), {.json = true}));
  ASSERT_TRUE(line);
  EXPECT_EQ(text_of(*line, "kind"), "request");
  EXPECT_EQ(text_of(*line, "operation"), "PutItem");
  EXPECT_EQ(text_of(*line, "request_id"), "R1");
  EXPECT_DOUBLE_EQ(line->at("ms").get<double>(), 1.234);
  EXPECT_FALSE(line->contains("code"));
}

TEST(Console, WhatAHandlerPrintsNamesFunctionAndRequest) {
  HandlerLine line{{}, "my-function", "0123456789abcdef", "hello"};
  EXPECT_EQ(tail_of(line_of(line, {})), "  my-function 01234567 | hello\n");
  EXPECT_EQ(text_of(*parse_json(line_of(line, {.json = true})), "request_id"), "0123456789abcdef");
}

}  // namespace
}  // namespace millrace::console
