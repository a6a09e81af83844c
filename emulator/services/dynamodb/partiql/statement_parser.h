#pragma once
// The parser of statements; inner header of partiql_parser.cc (statements) and partiql_expressions.cc
// (conditions, operands and literals). The grammar is at the head of the former.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/attribute/item_json.h"
#include "emulator/base/encoding.h"
#include "emulator/services/dynamodb/partiql/partiql_lexer.h"
#include "emulator/services/dynamodb/partiql/statement.h"
#include "emulator/services/dynamodb/partiql/syntax_words.h"

namespace millrace::dynamodb {

inline constexpr char kMalformed[] = "Statement wasn't well formed, can't be processed: ";

class StatementParser {
 public:
  StatementParser(std::string_view text, std::vector<PartiqlToken> tokens,
                  const std::vector<AttributeValue>& parameters)
      : text_(text), tokens_(std::move(tokens)), parameters_(parameters), statement_(std::make_unique<Statement>()) {}

  Parsed<std::unique_ptr<Statement>> parse();

 private:
  const PartiqlToken& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool at_word(std::string_view word, size_t ahead = 0) const {
    return peek(ahead).kind == PartiqlToken::Kind::word && equals_ignore_case(peek(ahead).text, word);
  }
  bool at_symbol(std::string_view symbol, size_t ahead = 0) const {
    return peek(ahead).kind == PartiqlToken::Kind::symbol && peek(ahead).text == symbol;
  }
  void advance() {
    if (at_ + 1 < tokens_.size()) ++at_;
  }
  bool take_word(std::string_view word) { return at_word(word) ? (advance(), true) : false; }
  bool take_symbol(std::string_view symbol) { return at_symbol(symbol) ? (advance(), true) : false; }
  void expect_word(std::string_view word) {
    if (!take_word(word)) fail("Expected " + std::string(word));
  }
  void expect_symbol(std::string_view symbol) {
    if (!take_symbol(symbol)) fail(expected_symbol(symbol));
  }
  void fail(const std::string& why) { refuse(kMalformed + why); }
  void refuse(std::string text) {
    if (!error_) error_ = std::move(text);
  }
  bool failed() const { return error_.has_value(); }
  /// What is well formed but not DynamoDB's: reported when nothing worse is found.
  void unsupported(std::string text) {
    if (!unsupported_) unsupported_ = std::move(text);
  }

  void no_statement();
  void projection();
  void alias();
  void joins();
  void unsupported_clauses();
  /// A function that isn't DynamoDB's, or not in this place, with what it is called with: `what` and its place are said.
  void unsupported_function(const std::string& what);
  void expect_end();

  void select();
  void insert();
  void update();
  void update_after_from();
  void update_actions();
  void remove();
  void set_action();
  void where();
  void order_by();
  void returning();
  void table();
  void set_function(UpdateSection section, UpdateAction& action);

  Condition or_();
  Condition and_();
  Condition not_();
  Condition comparison();
  Condition comparison_after(Operand left);
  bool at_end_of_condition() const {
    return peek().kind == PartiqlToken::Kind::end || at_symbol(")") || at_symbol(";") || is_keyword(peek());
  }
  Condition is(Operand left);
  Condition is_type(Operand left);
  Condition compared_with_truth(Condition condition);
  void check_types(const Condition& condition);
  void check_depth(const AttributeValue& value);
  Condition function_condition(Function function);
  std::optional<Function> condition_function() const;
  Operand operand();
  Operand update_operand();
  Operand value_operand(AttributeValue value);
  bool at_value() const;
  AttributeValue value();
  AttributeValue set_literal();
  AttributeMap map_literal();
  Path path();
  /// An identifier; `otherwise` is said of anything else.
  std::string name(const std::string& otherwise = "Expected identifier for simple path");
  /// Of a function of that name, whose token has been taken.
  std::vector<Operand> arguments(const char* function, size_t count, bool in_update);

  static constexpr int kDepthMax = 100;  // of parentheses and literals; deeper statements are refused
  struct Depth {
    explicit Depth(StatementParser& parser) : parser_(parser) {
      if (++parser_.depth_ > kDepthMax) parser_.fail("The statement is nested too deeply");
    }
    ~Depth() { --parser_.depth_; }
    StatementParser& parser_;
  };

  const std::string_view text_;
  std::vector<PartiqlToken> tokens_;
  const std::vector<AttributeValue>& parameters_;
  std::unique_ptr<Statement> statement_;
  size_t at_ = 0;
  size_t next_parameter_ = 0;
  int depth_ = 0;
  std::string literal_path_ = "root";  // where in the literal that is read the parser is
  std::optional<std::string> error_, unsupported_;
};

}  // namespace millrace::dynamodb
