// Mapping templates and JSONPath, from tests/data; paths of REST APIs; schemas.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "emulator/services/apigateway/json_path.h"
#include "emulator/services/apigateway/rest/live.h"
#include "emulator/services/apigateway/schema.h"
#include "emulator/services/apigateway/vtl/template.h"

namespace millrace::apigateway {
namespace {

Json data(const std::string& name) {
  std::ifstream file(std::string(MILLRACE_TESTS_DIR) + "/data/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return parse_json(text.str()).value_or(Json::array());
}

TEST(Template, RendersAsTheDataSays) {
  const Json cases = data("mapping_templates.json");
  ASSERT_GT(cases.size(), 40u);
  for (const Json& one : cases) {
    vtl::Names names;
    const Json given = one.value("names", Json::object());
    for (const auto& [name, value] : given.items()) names[name] = vtl::from_json(value);
    auto result = vtl::render(text_of(one, "template"), names);
    if (bool_of(one, "fails")) {
      EXPECT_TRUE(std::holds_alternative<vtl::Failure>(result)) << one;
    } else if (auto* text = std::get_if<std::string>(&result)) {
      EXPECT_EQ(*text, text_of(one, "result")) << one;
    } else {
      ADD_FAILURE() << one << ": " << std::get<vtl::Failure>(result).reason;
    }
  }
}

TEST(JsonPath, FindsWhatTheDataSays) {
  const Json cases = data("json_paths.json");
  ASSERT_GT(cases.size(), 10u);
  const Json document = cases[0]["found"];
  for (const Json& one : cases) {
    auto found = json_path(document, text_of(one, "path"));
    ASSERT_EQ(found.has_value(), one.contains("found")) << one;
    if (found) {
      EXPECT_EQ(*found, one["found"]) << one;
    }
  }
}

TEST(RestRouting, PrefersLiteralsAndFallsBackToGreedyOnes) {
  std::vector<rest::Resource> resources;
  for (const char* path : {"/", "/pets", "/pets/{id}", "/pets/dog/toys", "/{proxy+}"}) {
    rest::Resource one{path, path, path_segments(path), Json::object()};
    resources.push_back(one);
  }
  const auto found = [&](const char* path) {
    auto match = rest::match_resource(resources, path);
    return match ? match->resource->path : "";
  };
  EXPECT_EQ(found("/"), "/");
  EXPECT_EQ(found("/pets/"), "/pets");
  EXPECT_EQ(found("/pets/7"), "/pets/{id}");
  EXPECT_EQ(found("/pets/dog"), "/pets/{id}");
  EXPECT_EQ(found("/pets/dog/toys"), "/pets/dog/toys");
  EXPECT_EQ(found("/pets/cat/toys"), "/{proxy+}");
  EXPECT_EQ(rest::match_resource(resources, "/x//y")->values.at("proxy"), "x//y");
}

TEST(Schema, SaysWhatIsMissing) {
  const Json schema = *parse_json(R"({"type":"object","required":["b","a"],"properties":{"a":{"type":"integer"}}})");
  EXPECT_TRUE(schema_problems(schema, *parse_json(R"({"a":1,"b":2})"), {}).empty());
  EXPECT_EQ(schema_problems(schema, Json::object(), {}).at(0), R"(object has missing required properties (["a","b"]))");
  EXPECT_EQ(schema_problems(schema, *parse_json(R"({"a":"x","b":2})"), {}).size(), 1u);
}

}  // namespace
}  // namespace millrace::apigateway
