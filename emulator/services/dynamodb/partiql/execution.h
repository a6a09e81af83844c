#pragma once
// Statements bound to their tables, ready to run: what ExecuteStatement, BatchExecuteStatement and ExecuteTransaction
// share.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/protocol/operation.h"
#include "emulator/services/dynamodb/items/access.h"
#include "emulator/services/dynamodb/items/page_reader.h"
#include "emulator/services/dynamodb/items/write_path.h"
#include "emulator/services/dynamodb/partiql/statement.h"

namespace millrace::dynamodb {

/// One statement with its table; stays where it is.
struct BoundStatement {
  std::unique_ptr<Statement> statement;
  tables::TablePtr table;
  const tables::Index* index = nullptr;
  std::optional<Condition> not_there;  // INSERT's condition
  ItemWrite write;                     // insert, update, delete, exists
  bool is_read() const { return statement->kind == Statement::Kind::select; }
};
using BoundStatementPtr = std::unique_ptr<BoundStatement>;

/// Binds a statement to its table. Errors: ValidationException, ResourceNotFoundException.
Result<BoundStatementPtr> bind_statement(const ItemContext& db, const protocol::Caller& caller,
                                         std::unique_ptr<Statement> statement);
/// Parses and binds.
Result<BoundStatementPtr> bind_statement(const ItemContext& db, const protocol::Caller& caller, std::string_view text,
                                         const std::vector<AttributeValue>& parameters);

/// What a SELECT reads: one page. `start` continues after a key.
struct SelectOptions {
  bool consistent = false;
  size_t limit = SIZE_MAX;
  std::optional<AttributeMap> start;
};
Result<Page> run_select(const ItemContext& db, const BoundStatement& bound, const SelectOptions& options);

/// The key under Family::items of the one item that the WHERE clause fixes; `operation` is named where it fixes none.
Result<std::string> key_of_read(const BoundStatement& bound, const char* operation);
/// That item's JSON as the statement selects it, or nullopt. `consumed` grows.
Result<std::optional<std::string>> read_one_item(const storage::Reader& reader, const BoundStatement& bound,
                                                 const std::string& key, bool consistent, Consumed& consumed);

/// Runs a write on the writer thread; its errors are PartiQL's (DuplicateItemException).
Result<WriteResult> run_write(storage::Txn& txn, const ItemContext& db, const BoundStatement& bound);
/// What RETURNING asks for.
std::optional<AttributeMap> returned_attributes(const BoundStatement& bound, const WriteResult& result);

/// The actions and tables of a request's statements.
AccessRule access_to_statements(const ItemContext& db, const char* list_member);

}  // namespace millrace::dynamodb
