#pragma once
// Expressions, by precedence: or, and, not, comparisons, + -, * / %, ^, unary minus.

#include "emulator/services/logs/insights/query.h"
#include "emulator/services/logs/insights/scanner.h"

namespace millrace::logs::insights {

class ExpressionParser {
 public:
  /// `aggregates` is where the aggregate functions of `stats` go; nullptr where there may be none.
  ExpressionParser(Scanner& scanner, std::vector<Aggregate>* aggregates) : scanner_(scanner), aggregates_(aggregates) {}

  /// nullptr on an error; error() then says what and where.
  ExpressionPtr parse();
  /// An expression and, after `as`, its alias.
  std::optional<Column> parse_column();
  const CompileError& error() const { return error_; }

 private:
  using Node = std::shared_ptr<Expression>;

  ExpressionPtr either();
  ExpressionPtr both();
  ExpressionPtr negated();
  ExpressionPtr comparison();
  ExpressionPtr suffix(ExpressionPtr left);
  ExpressionPtr pattern(ExpressionPtr left);
  ExpressionPtr one_of(ExpressionPtr left);
  ExpressionPtr sum();
  ExpressionPtr product();
  ExpressionPtr power();
  ExpressionPtr unary();
  ExpressionPtr primary();
  ExpressionPtr number();
  ExpressionPtr call(const std::string& name, size_t begin);
  ExpressionPtr bin(size_t begin);
  ExpressionPtr aggregate(const std::string& name, size_t begin);
  ExpressionPtr binary(std::string name, ExpressionPtr left, ExpressionPtr right);
  ExpressionPtr inverted(bool invert, ExpressionPtr inner);
  ExpressionPtr unexpected();
  ExpressionPtr fail(size_t begin, std::string message);

  Scanner& scanner_;
  std::vector<Aggregate>* aggregates_;
  CompileError error_;
  int depth_ = 0;
};

/// "unexpected symbol found X at line L and position P" for what comes next.
CompileError unexpected_symbol(Scanner& scanner);

/// A regular expression as the language writes them (named groups as (?<name>...)); nullptr if it is malformed.
std::shared_ptr<const re2::RE2> compile_regex(const std::string& text);

}  // namespace millrace::logs::insights
