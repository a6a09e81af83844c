#pragma once
// An item request's input while it is read and checked. DynamoDB's order: JSON types of everything, then the
// constraints of the members, then their meaning. So attribute values are read first and what is wrong with them
// is kept until its turn comes.

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "emulator/base/attribute/item_json.h"
#include "emulator/base/result.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/dynamodb/errors.h"
#include "emulator/services/dynamodb/expression/parser.h"

namespace millrace::dynamodb {

/// How an operation words what is wrong with its input. PutItem, UpdateItem and DeleteItem put `1 validation error
/// detected: ` before what they find before they look for the table. `bare`: GetItem, BatchGetItem and Query, which have
/// the current layer of values too, but not those words. Observed in 2026.
enum class Wording { plain, bare, prefixed };
inline ValueLayer layer_of(Wording wording) {
  return wording == Wording::plain ? ValueLayer::older : ValueLayer::current;
}

class ItemInput {
 public:
  ItemInput(const protocol::Call& call, Wording wording) : ItemInput(*call.dom, wording) {}
  ItemInput(simdjson::dom::element object, Wording wording);

  /// Members that are null count as absent.
  std::optional<simdjson::dom::element> find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name).has_value(); }
  std::string_view text(std::string_view name) const;
  std::optional<std::string_view> optional_text(std::string_view name) const;
  bool flag(std::string_view name) const;
  std::optional<int64_t> integer(std::string_view name) const;

  /// Reads a map of attribute values; what is wrong is kept for check() and check_values().
  AttributeMap attributes(std::string_view name);
  AttributeMap attribute_map(simdjson::dom::element element, std::string_view name);
  /// One attribute value that isn't a member of its own; its error is kept under `name`.
  AttributeValue attribute(simdjson::dom::element element, std::string_view name);
  /// Reads ExpressionAttributeNames and -Values; what is wrong is kept for placeholders().
  void read_placeholders();

  /// Types, then constraints. `reword` sees the message about constraints and may put another in its place.
  using Reword = std::optional<std::string> (*)(const ItemInput& input, const std::string& message);
  Result<void> check(const protocol::Shape& shape, Reword reword = nullptr) const;
  /// The types alone, of what was read so far.
  Result<void> check_types() const;
  /// What was wrong with the values read under `name`.
  Result<void> check_values(std::string_view name) const;
  bool has_invalid_values(std::string_view name) const { return check_values(name).has_error(); }

  /// Expressions and the parameters that they replaced can't be used together.
  Result<void> check_mixing(const std::vector<const char*>& non_expression,
                            const std::vector<const char*>& expression) const;
  /// Placeholders need an expression: `expressions` are all that can use names, `with_values` those that can use
  /// values.
  Result<void> check_placeholders_allowed(const std::vector<const char*>& expressions,
                                          const std::vector<const char*>& with_values) const;
  /// Their own rules; then they are in `out`, sealed.
  Result<void> placeholders(Placeholders& out);

  AwsError invalid(std::string text) const;
  Wording wording() const { return wording_; }

 private:
  void keep(std::string_view name, AttributeError error);
  Result<void> check_placeholder_sizes() const;

  Wording wording_;
  simdjson::dom::element object_;
  std::vector<std::pair<std::string_view, simdjson::dom::element>> members_;
  std::optional<std::string> wrong_type_;
  std::vector<std::pair<std::string, std::string>> invalid_values_;  // by member
  std::vector<std::pair<std::string, std::string>> names_;
  std::vector<std::pair<std::string, std::variant<AttributeValue, AttributeError>>> values_;
};

/// "Can not use both expression and non-expression parameters in the same request: ..."
AwsError mixing_error(Wording wording, const std::vector<const char*>& non_expression,
                      const std::vector<const char*>& expression);

/// "1 validation error detected: Value at 'TableName' failed to satisfy constraint: ...": how the current layer words
/// constraints that it checks itself, alone.
std::string constraint_text(const std::string& path, const std::string& constraint);
/// That of an empty TableName; nullopt if it isn't empty.
std::optional<std::string> empty_table_name(const ItemInput& input);

/// "1 validation error detected: ..." where the wording asks for it.
AwsError validation_error(Wording wording, std::string text);

/// A parser's result or its error as a ValidationException.
template <class T>
Result<T> checked(Parsed<T> parsed, const ItemInput& input) {
  if (parsed.has_error()) return input.invalid(std::move(parsed).error().message);
  return std::move(parsed).value();
}

}  // namespace millrace::dynamodb
