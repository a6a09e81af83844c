// The expression parser, and what is done with what it accepts: conditions are evaluated, updates applied,
// paths projected. The first byte chooses the language.

#include "emulator/services/dynamodb/expression/evaluate.h"
#include "emulator/services/dynamodb/expression/key_condition.h"
#include "emulator/services/dynamodb/expression/parser.h"
#include "emulator/services/dynamodb/expression/projection.h"
#include "emulator/services/dynamodb/expression/update.h"
#include "fuzz.h"

namespace millrace::dynamodb {
namespace {

using fuzz::promise;

AttributeMap item() {
  AttributeMap inner, out;
  inner.set("x", AttributeValue("deep"));
  inner.set("y", AttributeValue(List{AttributeValue("q")}));
  out.set("a", AttributeValue("text"));
  out.set("n", AttributeValue(Number(5)));
  out.set("m", AttributeValue(std::move(inner)));
  out.set("l", AttributeValue(List{AttributeValue("x"), AttributeValue(Number(1)), AttributeValue(List{})}));
  out.set("s", AttributeValue(StringSet{{"a", "b"}}));
  return out;
}

Placeholders placeholders() {
  Placeholders out;
  out.add_name("#n", "name");
  out.add_name("#a", "a");
  out.add_value(":s", AttributeValue("te"));
  out.add_value(":n", AttributeValue(Number(2)));
  out.add_value(":l", AttributeValue(List{AttributeValue("v")}));
  out.add_value(":t", AttributeValue(StringSet{{"b", "c"}}));
  out.add_value(":b", AttributeValue(true));
  out.seal();
  return out;
}

void check_error(const ExpressionError& error, const char* head) {
  promise(error.message.starts_with(std::string("Invalid ") + head + "Expression: "),
          "an error begins with its expression's name");
}

void run_condition(std::string_view text, Placeholders& names) {
  auto condition = parse_condition(text, names);
  if (condition.has_error()) return check_error(condition.error(), "Condition");
  const bool once = holds(*condition, item());
  promise(once == holds(*condition, item()), "a condition gives one answer");
  for_each_path(*condition, [](const Path& path) { promise(!path.empty(), "a path has a name"); });
}

void run_key_condition(std::string_view text, Placeholders& names) {
  auto condition = parse_condition(text, names, ExpressionKind::key_condition);
  if (condition.has_error()) return check_error(condition.error(), "KeyCondition");
  auto terms = key_terms(*condition);
  if (terms.has_error()) return check_error(terms.error(), "KeyCondition");
  tables::KeySchema schema;
  schema.partition = {{"a", AttributeType::S}};
  schema.sort = {{"n", AttributeType::N}};
  (void)match_key(std::move(terms).value(), schema);
}

void run_update(std::string_view text, Placeholders& names) {
  auto update = parse_update(text, names);
  if (update.has_error()) return check_error(update.error(), "Update");
  const AttributeMap before = item();
  auto after = apply(*update, before, true);
  if (after.has_error()) return;
  auto touched = project(*after, touched_paths(*update));
  promise(touched.size() <= after->size(), "an update reports parts of the item");
}

void run_projection(std::string_view text, Placeholders& names) {
  auto paths = parse_projection(text, names);
  if (paths.has_error()) return check_error(paths.error(), "Projection");
  promise(project(item(), *paths).size() <= item().size(), "a projection is a part of the item");
}

}  // namespace
}  // namespace millrace::dynamodb

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace::dynamodb;
  if (size == 0) return 0;
  Placeholders names = placeholders();
  std::string_view text = millrace::fuzz::as_text(data + 1, size - 1);
  switch (data[0] % 4) {
    case 0: run_condition(text, names); break;
    case 1: run_key_condition(text, names); break;
    case 2: run_update(text, names); break;
    default: run_projection(text, names);
  }
  return 0;
}
