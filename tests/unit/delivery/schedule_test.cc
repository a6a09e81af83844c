// Schedule expressions against tests/data/schedules.jsonl: next firings through leap years and changes of summer time, as a
// search minute by minute with Python's zoneinfo finds them.

#include "emulator/delivery/schedule.h"

#include <gtest/gtest.h>

#include <fstream>

#include "emulator/base/json.h"

namespace millrace::delivery {
namespace {

std::vector<Json> cases() {
  std::ifstream file(std::string(MILLRACE_TESTS_DIR) + "/data/schedules.jsonl");
  std::vector<Json> out;
  for (std::string line; std::getline(file, line);) out.push_back(parse_json(line).value());
  return out;
}

TEST(Schedule, FiresWhenItShould) {
  int seen = 0;
  for (const Json& one : cases()) {
    const std::string text = text_of(one, "expression");
    auto schedule = Schedule::parse(text);
    ASSERT_EQ(schedule.has_value(), !bool_of(one, "refused")) << text;
    if (!schedule) continue;
    auto zone = TimeZone::find(text_of(one, "zone"));
    ASSERT_TRUE(zone) << text_of(one, "zone");
    const Millis since = parse_iso(text_of(one, "since", "2026-01-01T00:00:00Z"));
    auto at = std::optional<Millis>(parse_iso(text_of(one, "after")));
    for (const Json& expected : one.at("next")) {
      at = schedule->next(*at, since, *zone);
      ASSERT_TRUE(at) << text;
      EXPECT_EQ(iso_seconds(*at), expected.get<std::string>()) << text << " in " << text_of(one, "zone");
    }
    if (bool_of(one, "ends")) {
      EXPECT_FALSE(schedule->next(*at, since, *zone)) << text;
    }
    ++seen;
  }
  EXPECT_GT(seen, 20);
}

TEST(TimeZone, KnowsOnlyNamesOfZones) {
  EXPECT_TRUE(TimeZone::find("UTC"));
  for (const char* name :
       {"", "Europe", "Nowhere/City", "../../etc/passwd", "/etc/localtime", "Europe/../Europe/Berlin", "utc"})
    EXPECT_FALSE(TimeZone::find(name)) << name;
}

TEST(TimeZone, SurvivesEveryCutOfAFile) {
  std::ifstream file("/usr/share/zoneinfo/Europe/Berlin", std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  ASSERT_GT(bytes.size(), 100u);
  for (size_t n = 0; n < bytes.size(); n += 7) (void)TimeZone::parse(bytes.substr(0, n));
  std::string broken = bytes;
  for (size_t i = 20; i < 60; ++i) {
    broken[i] = '\x7f';
    (void)TimeZone::parse(broken);
  }
}

}  // namespace
}  // namespace millrace::delivery
