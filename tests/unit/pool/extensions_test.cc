#include "runtime/pool/extensions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::pool {
namespace {

class ExtensionsTest : public ::testing::Test {
 protected:
  std::string enroll(const std::string& name, const std::string& body) {
    auto reply = extensions_.handle({true, "register", name, "", "", body}, {});
    if (reply->status != 200) return parse_json(reply->body).value()["errorType"];
    constexpr std::string_view kHeader = "Lambda-Extension-Identifier: ";
    return reply->headers.substr(kHeader.size(), reply->headers.size() - kHeader.size() - 2);
  }
  // Asks for the next event; what comes is in received_.
  void next(const std::string& identifier) {
    auto reply = extensions_.handle({false, "event/next", "", identifier, "", ""},
                                    [this](Extensions::Reply r) { received_.push_back(r.body); });
    EXPECT_FALSE(reply.has_value());
  }

  SystemRandom random_;
  int changes_ = 0;
  std::string failed_;
  std::vector<std::string> received_;
  Extensions extensions_{Json{{"functionName", "f"}},
                         random_,
                         {[this] { ++changes_; },
                          [this](const std::string& name, const std::string& type) { failed_ = name + " " + type; }}};
};

TEST_F(ExtensionsTest, AnEventWaitsForTheOneThatAsks) {
  std::string id = enroll("one", R"({"events":["INVOKE"]})");
  extensions_.tell({{"eventType", "INVOKE"}, {"requestId", "r1"}});
  EXPECT_FALSE(extensions_.all_waiting());
  next(id);
  EXPECT_THAT(received_, ::testing::ElementsAre(R"({"eventType":"INVOKE","requestId":"r1"})"));
  EXPECT_FALSE(extensions_.all_waiting());  // it works on the event
  next(id);
  EXPECT_TRUE(extensions_.all_waiting());
  EXPECT_EQ(changes_, 2);
}

TEST_F(ExtensionsTest, OnlyWhoRegisteredForAnEventHearsOfIt) {
  std::string both = enroll("both", R"({"events":["INVOKE","SHUTDOWN"]})"), none = enroll("none", R"({"events":[]})");
  next(both);
  next(none);
  EXPECT_TRUE(extensions_.anyone_wants("SHUTDOWN"));
  extensions_.tell({{"eventType", "SHUTDOWN"}});
  EXPECT_EQ(received_.size(), 1u);
}

TEST_F(ExtensionsTest, WhatIsRefused) {
  EXPECT_EQ(enroll("", "{}"), "Extension.InvalidExtensionName");
  EXPECT_EQ(enroll("bad", R"({"events":["SLEEP"]})"), "Extension.InvalidEventType");
  enroll("one", "{}");
  EXPECT_EQ(enroll("one", "{}"), "Extension.AlreadyRegistered");
  for (int i = 0; i < 9; ++i) enroll("more" + std::to_string(i), "{}");
  EXPECT_EQ(enroll("eleventh", "{}"), "Extension.TooManyExtensions");
  auto reply = extensions_.handle({false, "event/next", "", "nobody", "", ""}, {});
  EXPECT_EQ(reply->status, 403);
}

TEST_F(ExtensionsTest, OneThatGivesUpIsNamed) {
  std::string id = enroll("one", "{}");
  EXPECT_EQ(extensions_.handle({true, "init/error", "", id, "Extension.NoConfig", "{}"}, {})->status, 202);
  EXPECT_EQ(failed_, "one Extension.NoConfig");
}

}  // namespace
}  // namespace millrace::pool
