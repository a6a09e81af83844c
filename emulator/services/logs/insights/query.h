#pragma once
// A query of the Logs Insights language, parsed: commands in their order.
// Source: "CloudWatch Logs Insights language query syntax" in the user guide.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "emulator/services/logs/insights/value.h"

namespace re2 {
class RE2;
}

namespace millrace::logs::insights {

struct Function;

struct Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;

/// What an aggregate function of `stats` is computed from.
struct Aggregate {
  std::string function;    // "count", "pct"
  ExpressionPtr argument;  // null: count(*)
  double percentile = 50;  // pct's second argument
};

struct Expression {
  enum class Kind { literal, field, call, negate, logical_not, binary, in_list, like_text, matches, aggregate };
  Kind kind = Kind::literal;
  Value literal;                          // literal; the text of like_text
  std::string name;                       // field; the operator of binary
  const Function* function = nullptr;     // call
  std::vector<ExpressionPtr> arguments;   // operands in order; of in_list: the value, then the list
  std::shared_ptr<const re2::RE2> regex;  // matches
  size_t aggregate = 0;                   // index into the stats command's aggregates
};

/// An expression with the name of its column: the alias, or the text as it was written.
struct Column {
  std::string name;
  ExpressionPtr expression;
};

struct Fields {
  std::vector<Column> columns;
};
struct Display {
  std::vector<Column> columns;
};
struct Filter {
  ExpressionPtr condition;
};
struct Parse {
  ExpressionPtr from;
  std::shared_ptr<const re2::RE2> regex;
  std::vector<std::string> names;  // by group, 1 first
};
struct Stats {
  std::vector<Aggregate> aggregates;
  std::vector<Column> columns;  // over the aggregates
  std::vector<Column> by;
};
struct Sort {
  struct Key {
    ExpressionPtr expression;
    bool descending = false;
  };
  std::vector<Key> keys;
};
struct Limit {
  size_t count = 0;
};
struct Dedup {
  std::vector<ExpressionPtr> keys;
};

/// A record for each element of a list; anything else is a list of one.
struct Unnest {
  ExpressionPtr list;
  std::string name;  // of the element
};
/// What `diff` compares with: a period of the same length, earlier.
enum class Earlier { period, day, week, month };
/// The structures that texts share, with `diff` also those of an earlier period.
struct Pattern {
  ExpressionPtr text;
  std::optional<Earlier> against;
};

using Command = std::variant<Fields, Display, Filter, Parse, Stats, Sort, Limit, Dedup, Unnest, Pattern>;

struct Query {
  std::vector<Command> commands;
  /// What results show, in order; @ptr is added to records that weren't aggregated.
  std::vector<std::string> shown;
  bool aggregated = false;

  /// The earlier period that a `diff` asks for.
  std::optional<Earlier> compared_with() const;
};

/// Why a query was refused, in MalformedQueryException's terms.
struct CompileError {
  size_t begin = 0, end = 0;  // character offsets
  std::string message;
};

/// Parses a query. Nesting is limited to 64 levels, commands to 64.
std::variant<Query, CompileError> parse_query(std::string_view text);

}  // namespace millrace::logs::insights
