#include "emulator/services/logs/insights/evaluate.h"

#include <re2/re2.h>

#include <cmath>

namespace millrace::logs::insights {

namespace {

/// A comparison with an absent value holds never. unverified for !=.
Value compared(const std::string& sign, const Value& a, const Value& b) {
  if (is_absent(a) || is_absent(b)) return boolean_value(false);
  auto x = number_of(a), y = number_of(b);
  bool both_numbers = x && y;
  if (sign == "=" || sign == "!=") {
    bool equal = both_numbers ? *x == *y : text_of(a) == text_of(b);
    return boolean_value(equal == (sign == "="));
  }
  if (!both_numbers && (x || y)) return boolean_value(false);
  int by = order(a, b);
  if (sign == "<") return boolean_value(by < 0);
  if (sign == "<=") return boolean_value(by <= 0);
  if (sign == ">") return boolean_value(by > 0);
  return boolean_value(by >= 0);
}

Value computed(char sign, const Value& a, const Value& b) {
  auto x = number_of(a), y = number_of(b);
  if (!x || !y) return {};
  double result = sign == '+'   ? *x + *y
                  : sign == '-' ? *x - *y
                  : sign == '*' ? *x * *y
                  : sign == '/' ? *x / *y
                  : sign == '%' ? std::fmod(*x, *y)
                                : std::pow(*x, *y);
  return std::isfinite(result) ? Value(result) : Value();
}

}  // namespace

Value evaluate(const Expression& expression, const Record& record, const EvaluationContext& context,
               const std::vector<Value>* aggregates) {
  auto operand = [&](size_t i) { return evaluate(*expression.arguments[i], record, context, aggregates); };
  switch (expression.kind) {
    case Expression::Kind::literal: return expression.literal;
    case Expression::Kind::field: return record.get(expression.name);
    case Expression::Kind::aggregate: return aggregates ? (*aggregates)[expression.aggregate] : Value();
    case Expression::Kind::negate: {
      auto number = number_of(operand(0));
      return number ? Value(-*number) : Value();
    }
    case Expression::Kind::logical_not: return boolean_value(!is_true(operand(0)));
    case Expression::Kind::call: {
      std::vector<Value> arguments;
      arguments.reserve(expression.arguments.size());
      for (size_t i = 0; i < expression.arguments.size(); ++i) arguments.push_back(operand(i));
      return expression.function->apply(arguments, context);
    }
    case Expression::Kind::in_list: {
      Value value = operand(0);
      for (size_t i = 1; i < expression.arguments.size(); ++i) {
        if (is_true(compared("=", value, operand(i)))) return boolean_value(true);
      }
      return boolean_value(false);
    }
    case Expression::Kind::like_text: {
      Value value = operand(0);
      return boolean_value(!is_absent(value) &&
                           text_of(value).find(std::get<std::string>(expression.literal)) != std::string::npos);
    }
    case Expression::Kind::matches: {
      Value value = operand(0);
      return boolean_value(!is_absent(value) && RE2::PartialMatch(text_of(value), *expression.regex));
    }
    case Expression::Kind::binary: {
      const std::string& sign = expression.name;
      if (sign == "and") return boolean_value(is_true(operand(0)) && is_true(operand(1)));
      if (sign == "or") return boolean_value(is_true(operand(0)) || is_true(operand(1)));
      if (sign.find_first_of("=<>") != std::string::npos) return compared(sign, operand(0), operand(1));
      return computed(sign[0], operand(0), operand(1));
    }
  }
  return {};
}

}  // namespace millrace::logs::insights
