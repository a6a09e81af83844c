// The PartiQL parser, with as many parameters as the statement has question marks.

#include <algorithm>

#include "emulator/services/dynamodb/expression/evaluate.h"
#include "emulator/services/dynamodb/expression/update.h"
#include "emulator/services/dynamodb/partiql/statement.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace;
  std::string_view text = fuzz::as_text(data, size);
  auto marks = static_cast<size_t>(std::count(text.begin(), text.end(), '?'));
  std::vector<AttributeValue> parameters(std::min<size_t>(marks, 16), AttributeValue("p"));
  auto parsed = dynamodb::parse_statement(text, parameters);
  if (parsed.has_error()) {
    fuzz::promise(!parsed.error().message.empty(), "an error says what is wrong");
    return 0;
  }
  const dynamodb::Statement& statement = **parsed;
  fuzz::promise(!statement.table.empty() || text.find("\"\"") != text.npos, "a statement names a table");
  AttributeMap item;
  item.set("pk", AttributeValue("p"));
  if (statement.where) (void)dynamodb::holds(*statement.where, item);
  if (statement.kind == dynamodb::Statement::Kind::update) (void)dynamodb::apply(statement.update, item, true);
  return 0;
}
