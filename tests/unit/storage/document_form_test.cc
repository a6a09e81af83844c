// Documents as structs: written and read by one list of members.

#include "emulator/storage/document_form.h"

#include <gtest/gtest.h>

namespace millrace::storage {
namespace {

struct Parcel {
  std::string name = "unnamed";
  uint64_t id = 0;
  int64_t weight = 0;
  bool fragile = false;
  Json tags = Json::object();
  std::string added_later = "default";
};

template <class Form>
void describe(Form& form, Parcel& parcel) {
  form.version(2);
  form.member("name", parcel.name);
  form.member("id", parcel.id);
  form.member("weight", parcel.weight);
  form.member("fragile", parcel.fragile);
  form.member("tags", parcel.tags);
  form.added("added_later", parcel.added_later);
}

constexpr const char* kFirst = R"({"name":"a","id":18446744073709551615,"weight":-3,"fragile":true,"tags":{"k":"v"}})";

TEST(DocumentForm, WhatIsWrittenIsRead) {
  Parcel parcel{"b", 7, -1, true, Json{{"k", "v"}}, "x"};
  const Json document = to_document(parcel);
  EXPECT_EQ(to_text(document),
            R"({"version":2,"name":"b","id":7,"weight":-1,"fragile":true,"tags":{"k":"v"},"added_later":"x"})");
  const auto read = from_document<Parcel>(*parse_json(to_text(document)));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, "b");
  EXPECT_EQ(read->id, 7u);
  EXPECT_EQ(read->weight, -1);
  EXPECT_TRUE(read->fragile);
  EXPECT_EQ(read->tags, parcel.tags);
  EXPECT_EQ(read->added_later, "x");
}

TEST(DocumentForm, AnEarlierVersionIsReadWithDefaults) {
  const auto read = from_document<Parcel>(*parse_json(kFirst));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, UINT64_MAX);
  EXPECT_EQ(read->weight, -3);
  EXPECT_EQ(read->added_later, "default");
}

TEST(DocumentForm, ALaterVersionAndDamageAreRefused) {
  const Json good = *parse_json(kFirst);
  Json later = good;
  later["version"] = 3;
  EXPECT_FALSE(from_document<Parcel>(later));
  for (const char* member : {"name", "id", "weight", "fragile", "tags"}) {
    Json without = good;
    without.erase(member);
    EXPECT_FALSE(from_document<Parcel>(without)) << member;
  }
  for (const auto& [member, wrong] : std::vector<std::pair<std::string, Json>>{
           {"name", 1}, {"id", "7"}, {"id", -1}, {"weight", 1.5}, {"fragile", "true"}}) {
    Json other = good;
    other[member] = wrong;
    EXPECT_FALSE(from_document<Parcel>(other)) << member;
  }
  Json odd = good;
  odd["added_later"] = 5;
  EXPECT_FALSE(from_document<Parcel>(odd));
  EXPECT_FALSE(from_document<Parcel>(Json::array()));
}

struct Stop {
  std::string town;
  std::optional<int64_t> minutes;
};

template <class Form>
void describe(Form& form, Stop& stop) {
  form.member("town", stop.town);
  form.member("minutes", stop.minutes);
}

/// Whose "version" isn't the form's.
struct Route {
  int64_t version = 0;
  double length = 0;
  std::optional<std::string> note;
  std::optional<Stop> end;
  std::vector<Stop> stops;
  std::map<std::string, std::vector<std::string>> drivers;
};

template <class Form>
void describe(Form& form, Route& route) {
  form.version(1, "form");
  form.member("version", route.version);
  form.member("length", route.length);
  form.member("note", route.note);
  form.member("end", route.end);
  form.member("stops", route.stops);
  form.added("drivers", route.drivers);
}

TEST(DocumentForm, StructsVectorsMapsAndOptionalMembersAreRead) {
  constexpr const char* kText = R"({"form":1,"version":9,"length":1.5,"end":{"town":"c","minutes":4},)"
                                R"("stops":[{"town":"a"},{"town":"b","minutes":-2}],"drivers":{"x":["y","z"]}})";
  const auto route = from_document<Route>(*parse_json(kText));
  ASSERT_TRUE(route);
  EXPECT_EQ(route->version, 9);
  EXPECT_EQ(route->length, 1.5);
  EXPECT_FALSE(route->note);
  EXPECT_EQ(route->end->minutes, 4);
  ASSERT_EQ(route->stops.size(), 2u);
  EXPECT_FALSE(route->stops[0].minutes);
  EXPECT_EQ(route->stops[1].town, "b");
  EXPECT_EQ(route->drivers.at("x"), (std::vector<std::string>{"y", "z"}));
  EXPECT_EQ(to_text(to_document(*route)), kText);
  EXPECT_EQ(from_document<Route>(*parse_json(R"({"version":9,"length":2,"note":null,"stops":[]})"))->length, 2);
}

TEST(DocumentForm, TheKindOfAKeyIsItsFourthPart) {
  EXPECT_TRUE(is_of_kind(document_key({"ssm", "1", "r", "parameter", "x"}), "parameter"));
  EXPECT_FALSE(is_of_kind(document_key({"ssm", "1", "r", "version", "parameter"}), "parameter"));
  EXPECT_FALSE(is_of_kind(document_key({"ssm", "1", "parameter"}), "parameter"));
  EXPECT_FALSE(is_of_kind(document_key({"cloudwatch", "1", "dashboard", "alarm"}), "alarm"));
}

TEST(DocumentForm, DamageWithinIsDamage) {
  for (const char* damaged :
       {R"({"version":9,"length":1,"stops":{}})", R"({"version":9,"length":1,"stops":[{}]})",
        R"({"version":9,"length":1,"stops":[{"town":"a","minutes":"x"}]})", R"({"version":9,"length":"1","stops":[]})",
        R"({"version":9,"length":1,"stops":[],"note":1})", R"({"version":9,"length":1,"stops":[],"end":[]})",
        R"({"version":9,"length":1,"stops":[],"drivers":{"x":[1]}})",
        R"({"version":9,"length":1,"stops":[],"form":2})"})
    EXPECT_FALSE(from_document<Route>(*parse_json(damaged))) << damaged;
}

}  // namespace
}  // namespace millrace::storage
