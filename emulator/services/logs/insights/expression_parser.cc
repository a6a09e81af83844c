#include "emulator/services/logs/insights/expression_parser.h"

#include <re2/re2.h>

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/services/logs/insights/functions.h"

namespace millrace::logs::insights {

namespace {

constexpr int kDepthMax = 64;

ExpressionPtr literal(Value value) {
  auto node = std::make_shared<Expression>();
  node->literal = std::move(value);
  return node;
}

ExpressionPtr field(std::string name) {
  auto node = std::make_shared<Expression>();
  node->kind = Expression::Kind::field;
  node->name = std::move(name);
  return node;
}

ExpressionPtr with_arguments(Expression::Kind kind, std::vector<ExpressionPtr> arguments) {
  auto node = std::make_shared<Expression>();
  node->kind = kind;
  node->arguments = std::move(arguments);
  return node;
}

}  // namespace

CompileError unexpected_symbol(Scanner& scanner) {
  // unverified: AWS's wording beyond the first words; clients match on the code.
  scanner.skip();
  size_t at = scanner.position();
  std::string_view before = scanner.between(0, at), rest = scanner.between(at, std::string_view::npos);
  auto line = 1 + std::count(before.begin(), before.end(), '\n');
  size_t line_begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  std::string symbol(rest.substr(0, std::min<size_t>(rest.find_first_of(" \t\n|(),"), 40)));
  if (symbol.empty()) symbol = rest.empty() ? "<EOF>" : std::string(rest.substr(0, 1));
  size_t length = rest.empty() ? 0 : symbol.size();
  return {at, at + length,
          "unexpected symbol found " + symbol + " at line " + std::to_string(line) + " and position " +
              std::to_string(at - line_begin)};
}

std::shared_ptr<const re2::RE2> compile_regex(const std::string& text) {
  std::string pattern;
  for (size_t i = 0; i < text.size(); ++i) {
    pattern.push_back(text[i]);
    bool named =
        text.compare(i, 3, "(?<") == 0 && i + 3 < text.size() && std::isalpha(static_cast<unsigned char>(text[i + 3]));
    if (named && (i == 0 || text[i - 1] != '\\')) {
      pattern += "?P";
      ++i;
    }
  }
  auto regex = std::make_shared<const re2::RE2>(pattern, re2::RE2::Quiet);
  return regex->ok() ? regex : nullptr;
}

ExpressionPtr ExpressionParser::fail(size_t begin, std::string message) {
  if (error_.message.empty()) error_ = {begin, scanner_.position(), std::move(message)};
  return nullptr;
}

ExpressionPtr ExpressionParser::unexpected() {
  if (error_.message.empty()) error_ = unexpected_symbol(scanner_);
  return nullptr;
}

ExpressionPtr ExpressionParser::parse() {
  depth_ = 0;
  return either();
}

std::optional<Column> ExpressionParser::parse_column() {
  scanner_.skip();
  size_t begin = scanner_.position();
  ExpressionPtr expression = parse();
  if (!expression) return std::nullopt;
  std::string text(scanner_.between(begin, scanner_.position()));
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  if (expression->kind == Expression::Kind::field) std::erase(text, '`');
  Column column{text, expression};
  if (!scanner_.take_word("as")) return column;
  auto alias = scanner_.take_name();
  if (!alias) {
    unexpected();
    return std::nullopt;
  }
  column.name = *alias;
  return column;
}

ExpressionPtr ExpressionParser::binary(std::string name, ExpressionPtr left, ExpressionPtr right) {
  if (!right) return nullptr;
  auto node = std::make_shared<Expression>();
  node->kind = Expression::Kind::binary;
  node->name = std::move(name);
  node->arguments = {std::move(left), std::move(right)};
  return node;
}

ExpressionPtr ExpressionParser::inverted(bool invert, ExpressionPtr inner) {
  if (!invert || !inner) return inner;
  return with_arguments(Expression::Kind::logical_not, {std::move(inner)});
}

ExpressionPtr ExpressionParser::either() {
  if (++depth_ > kDepthMax) return fail(scanner_.position(), "The query is nested too deeply");
  ExpressionPtr node = both();
  while (node && scanner_.take_word("or")) node = binary("or", node, both());
  --depth_;
  return node;
}

ExpressionPtr ExpressionParser::both() {
  ExpressionPtr node = negated();
  while (node && scanner_.take_word("and")) node = binary("and", node, negated());
  return node;
}

ExpressionPtr ExpressionParser::negated() {
  if (!scanner_.take_word("not")) return comparison();
  if (++depth_ > kDepthMax) return fail(scanner_.position(), "The query is nested too deeply");
  ExpressionPtr inner = inverted(true, negated());
  --depth_;
  return inner;
}

ExpressionPtr ExpressionParser::comparison() {
  ExpressionPtr node = sum();
  while (node) {
    ExpressionPtr more = suffix(node);
    if (more == node) return node;
    node = std::move(more);
  }
  return nullptr;
}

/// `left` itself if no comparison follows.
ExpressionPtr ExpressionParser::suffix(ExpressionPtr left) {
  if (scanner_.take("=~")) return pattern(left);
  for (const char* sign : {"!=", "<=", ">=", "=", "<", ">"}) {
    if (scanner_.take(sign)) return binary(sign, left, sum());
  }
  size_t before = scanner_.position();
  bool invert = scanner_.take_word("not");
  if (scanner_.take_word("like")) return inverted(invert, pattern(left));
  if (scanner_.take_word("in")) return inverted(invert, one_of(left));
  scanner_.rewind(before);
  return left;
}

ExpressionPtr ExpressionParser::pattern(ExpressionPtr left) {
  size_t begin = scanner_.position();
  auto node = std::make_shared<Expression>();
  node->arguments = {std::move(left)};
  if (scanner_.next_is("/")) {
    auto text = scanner_.take_regex();
    if (!text) return unexpected();
    node->kind = Expression::Kind::matches;
    node->regex = compile_regex(*text);
    return node->regex ? node : fail(begin, "invalid regular expression: " + *text);
  }
  auto text = scanner_.take_string();
  if (!text) return unexpected();
  node->kind = Expression::Kind::like_text;
  node->literal = *text;
  return node;
}

ExpressionPtr ExpressionParser::one_of(ExpressionPtr left) {
  if (!scanner_.take("[")) return unexpected();
  std::vector<ExpressionPtr> arguments = {std::move(left)};
  do {
    ExpressionPtr element = sum();
    if (!element) return nullptr;
    arguments.push_back(std::move(element));
  } while (scanner_.take(","));
  if (!scanner_.take("]")) return unexpected();
  return with_arguments(Expression::Kind::in_list, std::move(arguments));
}

ExpressionPtr ExpressionParser::sum() {
  ExpressionPtr node = product();
  while (node) {
    if (scanner_.take("+"))
      node = binary("+", node, product());
    else if (scanner_.take("-"))
      node = binary("-", node, product());
    else
      break;
  }
  return node;
}

ExpressionPtr ExpressionParser::product() {
  ExpressionPtr node = power();
  while (node) {
    if (scanner_.take("*"))
      node = binary("*", node, power());
    else if (scanner_.take("/"))
      node = binary("/", node, power());
    else if (scanner_.take("%"))
      node = binary("%", node, power());
    else
      break;
  }
  return node;
}

ExpressionPtr ExpressionParser::power() {
  ExpressionPtr node = unary();
  while (node && scanner_.take("^")) node = binary("^", node, unary());
  return node;
}

ExpressionPtr ExpressionParser::unary() {
  if (!scanner_.take("-")) return primary();
  if (++depth_ > kDepthMax) return fail(scanner_.position(), "The query is nested too deeply");
  ExpressionPtr inner = unary();
  --depth_;
  return inner ? with_arguments(Expression::Kind::negate, {std::move(inner)}) : nullptr;
}

ExpressionPtr ExpressionParser::number() {
  auto value = scanner_.take_number();
  if (!value) return unexpected();
  size_t after = scanner_.position();
  auto unit = scanner_.take_name();
  auto period = unit ? period_ms(*value, *unit) : std::nullopt;
  // A unit stands right after its number: `5m`, not `5 m`.
  if (period && scanner_.position() == after + unit->size()) return literal(*period);
  scanner_.rewind(after);
  return literal(*value);
}

ExpressionPtr ExpressionParser::primary() {
  scanner_.skip();
  size_t begin = scanner_.position();
  if (scanner_.take("(")) {
    ExpressionPtr node = either();
    if (!node) return nullptr;
    return scanner_.take(")") ? node : unexpected();
  }
  if (auto text = scanner_.take_string()) return literal(*text);
  bool quoted_name = scanner_.next_is("`");
  if (auto name = scanner_.take_name()) {
    if (quoted_name) return field(*name);
    if (scanner_.take("(")) return call(*name, begin);
    if (equals_ignore_case(*name, "true") || equals_ignore_case(*name, "false"))
      return literal(boolean_value(equals_ignore_case(*name, "true")));
    return field(*name);
  }
  return number();
}

ExpressionPtr ExpressionParser::call(const std::string& name, size_t begin) {
  std::string lower = to_lower(name);
  if (lower == "bin") return bin(begin);
  if (is_aggregate(lower)) return aggregate(lower, begin);
  const Function* function = find_function(lower);
  if (!function) {
    scanner_.rewind(begin);
    return unexpected();
  }
  std::vector<ExpressionPtr> arguments;
  if (!scanner_.next_is(")")) {
    do {
      ExpressionPtr argument = either();
      if (!argument) return nullptr;
      arguments.push_back(std::move(argument));
    } while (scanner_.take(","));
  }
  if (!scanner_.take(")")) return unexpected();
  if (arguments.size() < function->arguments_min || arguments.size() > function->arguments_max)
    return fail(begin, "invalid arguments for function " + name);
  auto node = std::make_shared<Expression>();
  node->kind = Expression::Kind::call;
  node->function = function;
  node->arguments = std::move(arguments);
  return node;
}

/// `bin(5m)`: the period that @timestamp lies in; `bin(field, 5m)` that of another time.
ExpressionPtr ExpressionParser::bin(size_t begin) {
  ExpressionPtr time = field("@timestamp"), period = either();
  if (period && scanner_.take(",")) {
    time = period;
    period = either();
  }
  if (!period) return nullptr;
  if (!scanner_.take(")")) return unexpected();
  if (period->kind != Expression::Kind::literal) return fail(begin, "bin needs a period such as 5m");
  auto node = std::make_shared<Expression>();
  node->kind = Expression::Kind::call;
  node->function = find_function("datefloor");
  node->arguments = {std::move(time), std::move(period)};
  return node;
}

ExpressionPtr ExpressionParser::aggregate(const std::string& name, size_t begin) {
  if (!aggregates_) return fail(begin, "aggregate function " + name + " can only be used in a stats command");
  std::vector<Aggregate>* outer = aggregates_;
  Aggregate made{name, nullptr, 50};
  aggregates_ = nullptr;  // no aggregate of an aggregate
  bool star = scanner_.take("*");
  if (!star && !scanner_.next_is(")")) {
    made.argument = either();
    if (!made.argument) return nullptr;
    if (name == "pct" && scanner_.take(",")) {
      auto percentile = scanner_.take_number();
      if (!percentile || *percentile < 0 || *percentile > 100)
        return fail(begin, "pct needs a percentile between 0 and 100");
      made.percentile = *percentile;
    }
  }
  aggregates_ = outer;
  if (!scanner_.take(")")) return unexpected();
  if (!made.argument && name != "count") return fail(begin, "invalid arguments for function " + name);
  auto node = std::make_shared<Expression>();
  node->kind = Expression::Kind::aggregate;
  node->aggregate = aggregates_->size();
  aggregates_->push_back(std::move(made));
  return node;
}

}  // namespace millrace::logs::insights
