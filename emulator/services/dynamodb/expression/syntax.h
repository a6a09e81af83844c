#pragma once
// What the three grammars share. Inner header of the parsers.
//
//   path     := name ( "." name | "[" digits "]" )*
//   name     := word | #placeholder
//   operand  := path | :placeholder | function "(" operand ( "," operand )* ")" | "(" operand ")"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/services/dynamodb/expression/faults.h"
#include "emulator/services/dynamodb/expression/lexer.h"
#include "emulator/services/dynamodb/expression/parser.h"

namespace millrace::dynamodb {

/// Reads tokens from left to right. A syntax error ends the parse at once: fail() remembers it, every function
/// below then returns something harmless, and callers leave when failed() is true. Mistakes of meaning are noted
/// in faults() and parsing goes on.
class Syntax {
 public:
  Syntax(ExpressionKind kind, std::string_view expression, Placeholders& placeholders);

  const Token& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool at_end() const { return peek().kind == TokenKind::end; }
  bool at_symbol(std::string_view symbol, size_t ahead = 0) const {
    return peek(ahead).kind == TokenKind::symbol && peek(ahead).text == symbol;
  }
  /// Keywords are recognised in any case.
  bool at_keyword(std::string_view keyword) const;
  bool at_any_keyword() const;
  void advance() {
    if (!at_end()) ++at_;
  }
  bool take_symbol(std::string_view symbol);
  bool take_keyword(std::string_view keyword);
  /// Takes the symbol or fails.
  void expect_symbol(std::string_view symbol);

  /// Fails at the current token.
  void fail();
  bool failed() const { return syntax_error_.has_value(); }
  Faults& faults() { return faults_; }
  /// The error to report, complete with its head, or nullopt.
  std::optional<ExpressionError> error() const;

  Path path();
  /// `name (` ahead: a function call.
  bool at_call() const { return peek().kind == TokenKind::name && at_symbol("(", 1); }
  struct Call {
    std::string name;
    std::vector<Operand> arguments;
  };
  Call call();
  Operand operand();
  /// The operand that a call makes, or a note that the function can't stand here.
  Operand operand_of(Call call);
  /// The function of that name; notes and returns nullopt if there is none.
  std::optional<Function> function_of(const std::string& name);
  void note_misuse(Function function);

  /// Levels of parentheses, negations and calls the parser stands in. Expressions hold 300 operators at most, so
  /// whatever nests deeper repeats parentheses; stopping there bounds the recursion.
  class Nesting {
   public:
    explicit Nesting(Syntax& syntax);
    ~Nesting() { --syntax_.depth_; }

   private:
    Syntax& syntax_;
  };

 private:
  void path_step(Path& path);
  void name_step(Path& path);

  const ExpressionKind kind_;
  const std::string_view expression_;
  Placeholders& placeholders_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
  std::optional<std::string> syntax_error_;
  Faults faults_;
};

/// "UpdateExpression", ...
const char* kind_name(ExpressionKind kind);

/// What is wrong with the text before it is parsed: nothing in it, or too much.
std::optional<ExpressionError> check_text(ExpressionKind kind, std::string_view expression);

}  // namespace millrace::dynamodb
