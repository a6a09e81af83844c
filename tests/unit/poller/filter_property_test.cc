// A typed record and the text that a function would get of it are the same event: every pattern must answer both alike.
// Records and patterns are drawn at random, the patterns from the paths and values of the record, some of them spoilt.

#include <gtest/gtest.h>

#include "emulator/base/attribute/item_json.h"
#include "emulator/base/json.h"
#include "emulator/base/random.h"
#include "runtime/poller/event_json.h"

namespace millrace::poller {
namespace {

class RandomFilters : public ::testing::TestWithParam<int> {
 protected:
  uint64_t draw(uint64_t bound) { return rng.below(bound); }
  const char* one_of(std::initializer_list<const char*> texts) { return texts.begin()[draw(texts.size())]; }

  std::string text() {
    return one_of({"", "a", "ab", "AB", "é", "10", "10.0.0.7", "a\"b\\", "x.y", "日本", "\n", "true"});
  }
  std::string number() {
    return one_of({"0", "1", "-1", "1.5", "42", "1E+100", "12345678901234567890123456789012345678"});
  }
  std::string name() { return one_of({"a", "b", "S", "N", "L", "M", "a.b", "b.S", "Keys", "é"}); }

  Json value(int depth) {
    switch (draw(depth > 2 ? 5 : 10)) {
      case 0: return {{"N", number()}};
      case 1: return {{"BOOL", draw(2) == 1}};
      case 2: return {{"NULL", true}};
      case 3: return {{"SS", {"a", "ab", "é"}}};
      case 4: return {{"S", text()}};
      case 5: return {{"NS", {"1", "42"}}};
      case 6: return {{"B", one_of({"", "YQ==", "AAEC"})}};
      case 7: return {{"BS", {"YQ==", "AAEC"}}};
      case 8: {
        Json list = Json::array();
        for (uint64_t i = draw(4); i > 0; --i) list.push_back(value(depth + 1));
        return {{"L", list}};
      }
      default: return {{"M", item(depth + 1)}};
    }
  }
  Json item(int depth) {
    Json out = Json::object();
    for (uint64_t i = draw(5); i > 0; --i) out[name()] = value(depth);
    return out;
  }
  AttributeMap attributes(const Json& json) { return std::get<AttributeMap>(read_attributes(json)); }

  ports::StreamRecord record() {
    ports::StreamRecord out;
    out.event_id = "c81e728d9d4c2f636f067f89cc14862c";
    out.event_name = draw(2) ? ports::EventName::modify : ports::EventName::remove;
    out.sequence_number = "100000000000000000001";
    out.created_ms = 1'700'000'000'999;
    out.size_bytes = 26;
    out.view_type = "NEW_AND_OLD_IMAGES";
    out.keys = attributes({{"pk", {{"S", text()}}}, {"sk", {{"N", number()}}}});
    if (draw(4)) out.new_image = attributes(item(0));
    if (draw(3) == 0) out.old_image = attributes(item(0));
    out.by_ttl = draw(3) == 0;
    return out;
  }

  /// Every leaf's path, with its value.
  using Leaves = std::vector<std::pair<std::string, Json>>;
  void collect(const Json& json, const std::string& path, Leaves& out) {
    if (json.is_object()) {
      for (const auto& [key, child] : json.items()) collect(child, path.empty() ? key : path + "." + key, out);
    } else if (json.is_array()) {
      for (const Json& child : json) collect(child, path, out);
    } else {
      out.emplace_back(path, json);
    }
  }

  Json alternative(const Json& value) {
    std::string own = value.is_string() ? value.get<std::string>() : text();
    std::string part = own.substr(0, own.find_first_of("é日\n\\\"*"));
    switch (draw(14)) {
      case 0: return {{"exists", true}};
      case 1: return {{"exists", false}};
      case 2: return {{"prefix", part}};
      case 3: return {{"suffix", own}};
      case 4: return {{"anything-but", own}};
      case 5: return {{"anything-but", {{"prefix", part + "a"}}}};
      case 6: return {{"equals-ignore-case", own}};
      case 7: return {{"wildcard", part + "*"}};
      case 8: return {{"numeric", {">=", 26}}};
      case 9: return {{"numeric", {">", 1699999999, "<=", 1700000000}}};
      case 10: return {{"cidr", "10.0.0.0/8"}};
      case 11: return draw(2) ? Json(text()) : Json(nullptr);
      default: return value;
    }
  }

  std::string spoilt(std::string path) {
    switch (draw(8)) {
      case 0: return path.substr(0, path.rfind('.'));
      case 1: return path + "." + name();
      case 2:
        return path.find("NewImage") == std::string::npos
                   ? path
                   : "dynamodb.OldImage" + path.substr(path.find("NewImage") + 8);
      default: return path;
    }
  }

  /// Nested as far as drawn; the rest of the path is a name with dots, which means the same.
  void put(Json& pattern, std::string path, const Json& leaf) {
    Json* at = &pattern;
    for (size_t dot = path.find('.'); dot != std::string::npos && draw(5); dot = path.find('.')) {
      Json& child = (*at)[path.substr(0, dot)];
      if (!child.is_null() && !child.is_object()) break;
      at = &child;
      path.erase(0, dot + 1);
    }
    (*at)[path] = leaf;
  }

  Json pattern(const Leaves& leaves) {
    Json out = Json::object();
    for (uint64_t i = 1 + draw(3); i > 0; --i) {
      const auto& [path, value] = leaves[draw(leaves.size())];
      Json leaf = Json::array();
      for (uint64_t k = 1 + draw(2); k > 0; --k) leaf.push_back(alternative(value));
      put(out, spoilt(path), leaf);
    }
    return out;
  }

  SeededRandom rng{static_cast<uint64_t>(GetParam())};
};

TEST_P(RandomFilters, AnswerTheTypedRecordAndItsTextAlike) {
  const filter::RecordSource source{"arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/2024", "us-east-1"};
  int matches = 0, compiled_ones = 0;
  for (int i = 0; i < 150; ++i) {
    ports::StreamRecord typed = record();
    PendingRecord rendered;
    render_record(rendered, typed, source);
    const std::string& event = rendered.json;
    Leaves leaves;
    collect(Json::parse(event), "", leaves);
    for (int k = 0; k < 20; ++k) {
      Json drawn = pattern(leaves);
      if (draw(4) == 0) drawn["$or"] = {pattern(leaves), pattern(leaves)};
      auto compiled = filter::FilterPattern::compile(drawn.dump());
      if (!compiled) continue;
      ++compiled_ones;
      bool match = compiled->matches(typed, source);
      matches += match;
      ASSERT_EQ(match, compiled->matches_json(event)) << drawn.dump() << "\n" << event;
    }
  }
  // Both answers must have been drawn often, or the test says nothing.
  EXPECT_GT(compiled_ones, 1500);
  EXPECT_GT(matches, 300);
  EXPECT_LT(matches, compiled_ones - 300);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomFilters, ::testing::Range(1, 9));

}  // namespace
}  // namespace millrace::poller
