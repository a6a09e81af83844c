// How rooms find each other.

#include "emulator/ports/ports.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::ports {
namespace {

struct Clockwork {
  virtual ~Clockwork() = default;
  virtual std::string tick() = 0;
};
struct Loud final : Clockwork {
  explicit Loud(std::string* gone, std::string name) : gone_(gone), name_(std::move(name)) {}
  ~Loud() override { *gone_ += name_; }
  std::string tick() override { return name_; }

 private:
  std::string* gone_;
  std::string name_;
};
struct Other final {
  int value = 7;
};

TEST(Ports, WhatIsOfferedIsFoundByItsType) {
  Ports ports;
  std::string gone;
  EXPECT_EQ(ports.find<Clockwork>(), nullptr);
  ports.offer<Clockwork>(std::make_shared<Loud>(&gone, "a"));
  Other other;
  ports.offer(other);
  EXPECT_EQ(ports.get<Clockwork>().tick(), "a");
  EXPECT_EQ(&ports.get<Other>(), &other);
  EXPECT_EQ(ports.find<Loud>(), nullptr);
}

TEST(Ports, ASecondOfferIsFoundFromThenOn) {
  std::string gone;
  Ports ports;
  ports.offer<Clockwork>(std::make_shared<Loud>(&gone, "a"));
  ports.offer<Clockwork>(std::make_shared<Loud>(&gone, "b"));
  EXPECT_EQ(ports.get<Clockwork>().tick(), "b");
  EXPECT_EQ(gone, "");
}

TEST(Ports, WhatIsKeptGoesInTheOppositeOrder) {
  std::string gone;
  {
    Ports ports;
    for (const char* name : {"a", "b", "c"}) ports.offer<Clockwork>(std::make_shared<Loud>(&gone, name));
  }
  EXPECT_EQ(gone, "cba");
}

TEST(Ports, ALatePortIsThereOnceItIsOffered) {
  std::string gone;
  Ports ports;
  Late<Clockwork> late(ports);
  EXPECT_EQ(late.get(), nullptr);
  ports.offer<Clockwork>(std::make_shared<Loud>(&gone, "a"));
  ASSERT_NE(late.get(), nullptr);
  EXPECT_EQ(late.get()->tick(), "a");
}

TEST(PortsDeathTest, ARoomThatIsMadeTooEarlyEndsTheProgramAtItsStart) {
  Ports ports;
  EXPECT_DEATH(ports.get<Other>(), "no room that is made earlier offers");
}

}  // namespace
}  // namespace millrace::ports
