// The grammars of updates and projections:
//
//   update     := ( SET set ( "," set )* | REMOVE path ( "," path )* | ADD add ( "," add )* | DELETE add ( "," add )* )+
//   set        := path "=" value
//   value      := "(" value ")" | operand [ ( "+" | "-" ) operand ]
//   add        := path operand
//   projection := path ( "," path )*

#include "emulator/services/dynamodb/expression/syntax.h"

namespace millrace::dynamodb {
namespace {

class UpdateParser {
 public:
  UpdateParser(std::string_view expression, Placeholders& placeholders)
      : syntax_(ExpressionKind::update, expression, placeholders) {}

  Parsed<Update> parse();

 private:
  void section();
  UpdateAction action(UpdateSection section);
  Operand value();
  Operand parenthesised_or_operand();

  Syntax syntax_;
  bool whole_in_parentheses_ = false;  // of the value read last
  Update update_;
  bool seen_[4] = {};
};

Parsed<Update> UpdateParser::parse() {
  do {
    section();
  } while (!syntax_.failed() && !syntax_.at_end());
  if (!syntax_.failed()) {
    std::vector<const Path*> paths;
    for (const auto& action : update_.actions) paths.push_back(&action.path);
    check_overlaps(paths, syntax_.faults());
  }
  if (auto error = syntax_.error()) return std::move(*error);
  return std::move(update_);
}

void UpdateParser::section() {
  for (auto section : {UpdateSection::set, UpdateSection::remove, UpdateSection::add, UpdateSection::delete_}) {
    if (!syntax_.take_keyword(section_text(section))) continue;
    bool& seen = seen_[static_cast<size_t>(section)];
    if (seen) {
      syntax_.faults().note(Check::section, std::string("The \"") + section_text(section) +
                                                "\" section can only be used once in an update expression;");
    }
    seen = true;
    do {
      if (syntax_.failed()) return;
      update_.actions.push_back(action(section));
    } while (syntax_.take_symbol(","));
    return;
  }
  syntax_.fail();
}

UpdateAction UpdateParser::action(UpdateSection section) {
  UpdateAction action;
  action.section = section;
  action.path = syntax_.path();
  if (syntax_.failed() || section == UpdateSection::remove) return action;
  if (section == UpdateSection::set) {
    syntax_.expect_symbol("=");
    if (!syntax_.failed()) action.value = value();
    return action;
  }
  // The grammar knows values only here.
  if (syntax_.peek().kind != TokenKind::value_placeholder) {
    syntax_.fail();
    return action;
  }
  action.value = syntax_.operand();
  check_update_operand(action, syntax_.faults());
  return action;
}

Operand UpdateParser::value() {
  Syntax::Nesting nesting(syntax_);
  if (syntax_.failed()) return {};
  Operand left = parenthesised_or_operand();
  const bool is_sum = left.kind == Operand::Kind::plus || left.kind == Operand::Kind::minus;
  if (syntax_.failed() || is_sum || (!syntax_.at_symbol("+") && !syntax_.at_symbol("-"))) return left;
  whole_in_parentheses_ = false;
  Operand result;
  result.kind = syntax_.at_symbol("+") ? Operand::Kind::plus : Operand::Kind::minus;
  syntax_.advance();
  result.arguments.push_back(std::move(left));
  result.arguments.push_back(syntax_.operand());
  if (!syntax_.failed()) check_arithmetic(result, syntax_.faults());
  return result;
}

Operand UpdateParser::parenthesised_or_operand() {
  whole_in_parentheses_ = false;
  if (!syntax_.at_symbol("(")) return syntax_.operand();
  syntax_.advance();
  Operand inner = value();
  if (whole_in_parentheses_) syntax_.faults().note(Check::parentheses, "The expression has redundant parentheses;");
  if (!syntax_.failed()) syntax_.expect_symbol(")");
  whole_in_parentheses_ = true;
  return inner;
}

}  // namespace

Parsed<Update> parse_update(std::string_view expression, Placeholders& placeholders) {
  if (auto error = check_text(ExpressionKind::update, expression)) return std::move(*error);
  return UpdateParser(expression, placeholders).parse();
}

Parsed<Projection> parse_projection(std::string_view expression, Placeholders& placeholders) {
  if (auto error = check_text(ExpressionKind::projection, expression)) return std::move(*error);
  Syntax syntax(ExpressionKind::projection, expression, placeholders);
  Projection projection;
  do {
    projection.push_back(syntax.path());
  } while (!syntax.failed() && syntax.take_symbol(","));
  if (!syntax.failed() && !syntax.at_end()) syntax.fail();
  if (!syntax.failed()) {
    std::vector<const Path*> paths;
    for (const auto& path : projection) paths.push_back(&path);
    check_overlaps(paths, syntax.faults());
  }
  if (auto error = syntax.error()) return std::move(*error);
  return projection;
}

}  // namespace millrace::dynamodb
