// Reasons are worded as by the published rule engine (facts: filter patterns, section 2).

#include <limits>

#include "runtime/filter/comparable_number.h"
#include "runtime/filter/compile.h"

namespace millrace::filter {

namespace {

constexpr char not_one_key[] = "Only one key allowed in match expression";
constexpr char too_many_elements[] = "Too many elements in numeric expression";
constexpr char anything_but_value[] = "Value of anything-but must be an array or single string/number value.";

/// The token as the engine prints it.
std::string shown(Token token, const JsonTokens& tokens) {
  switch (token) {
    case Token::begin_object: return "{";
    case Token::end_object: return "}";
    case Token::begin_array: return "[";
    case Token::end_array: return "]";
    default: return std::string(tokens.text());
  }
}

}  // namespace

bool LeafArrayReader::fail(std::string reason) {
  problem_ = std::move(reason);
  return false;
}

bool LeafArrayReader::read(LeafArray& out) {
  bool any = false;
  for (;;) {
    Token token = tokens_.next();
    if (token == Token::end_array) break;
    any = true;
    if (token == Token::begin_object ? !match_expression(out) : !scalar(token, out)) return false;
  }
  return any || fail("Empty arrays are not allowed");
}

bool LeafArrayReader::scalar(Token token, LeafArray& out) {
  switch (token) {
    case Token::string:
      if (auto ip = parse_ip(tokens_.text()))
        out.alternatives.emplace_back(ExactIp{*ip});
      else
        out.alternatives.emplace_back(ExactText{std::string(tokens_.text())});
      return true;
    case Token::number:
      out.alternatives.emplace_back(ExactNumber{std::string(tokens_.text()), comparable_number(tokens_.text())});
      return true;
    case Token::true_value: out.alternatives.emplace_back(Literal{LeafKind::true_value}); return true;
    case Token::false_value: out.alternatives.emplace_back(Literal{LeafKind::false_value}); return true;
    case Token::null_value: out.alternatives.emplace_back(Literal{LeafKind::null_value}); return true;
    case Token::error:
    case Token::end: return fail("Filter is not valid JSON");
    default: return fail("Match value must be String, number, true, false, or null");
  }
}

bool LeafArrayReader::end_of_expression(const char* reason) {
  return tokens_.next() == Token::end_object || fail(reason);
}

bool LeafArrayReader::text_operand(const char* operator_name, std::string& text) {
  if (tokens_.next() != Token::string) return fail(std::string(operator_name) + " match pattern must be a string");
  text = tokens_.text();
  return end_of_expression();
}

bool LeafArrayReader::match_expression(LeafArray& out) {
  if (tokens_.next() != Token::name) return fail("Match expression name not found");
  std::string name(tokens_.text());
  std::string text;
  if (name == "exactly") {
    if (!text_operand("exact", text)) return false;
    out.alternatives.emplace_back(ExactText{text});
  } else if (name == "prefix") {
    return affix(out, true);
  } else if (name == "suffix") {
    return affix(out, false);
  } else if (name == "equals-ignore-case") {
    if (!text_operand("equals-ignore-case", text)) return false;
    out.alternatives.emplace_back(EqualsIgnoreCase{IgnoreCase(text)});
  } else if (name == "wildcard") {
    if (!text_operand("wildcard", text)) return false;
    auto wildcard = Wildcard::parse(text, problem_);
    if (!wildcard) return false;
    out.alternatives.emplace_back(std::move(*wildcard));
  } else if (name == "cidr") {
    if (!text_operand("prefix", text)) return false;  // the engine's reason does say prefix
    auto block = parse_cidr(text, problem_);
    if (!block) return false;
    out.alternatives.emplace_back(*block);
  } else if (name == "numeric") {
    return numeric(out);
  } else if (name == "anything-but") {
    return anything_but(out);
  } else if (name == "exists") {
    return exists(out);
  } else {
    return fail("Unrecognized match type " + name);
  }
  return true;
}

bool LeafArrayReader::affix(LeafArray& out, bool prefix) {
  Token token = tokens_.next();
  if (token == Token::string) {
    std::string text(tokens_.text());
    if (prefix)
      out.alternatives.emplace_back(Prefix{text});
    else
      out.alternatives.emplace_back(Suffix{text});
    return end_of_expression();
  }
  if (token != Token::begin_object)
    return fail(std::string(prefix ? "prefix" : "suffix") + " match pattern must be a string");
  if (tokens_.next() != Token::name)
    return fail(std::string(prefix ? "Prefix" : "Suffix") + " expression name not found");
  if (tokens_.text() != "equals-ignore-case") {
    return fail(std::string("Unsupported ") + (prefix ? "prefix" : "suffix") +
                " pattern: " + std::string(tokens_.text()));
  }
  std::string text;
  if (!text_operand("equals-ignore-case", text) || !end_of_expression()) return false;
  if (prefix)
    out.alternatives.emplace_back(PrefixIgnoreCase{IgnoreCase(text)});
  else
    out.alternatives.emplace_back(SuffixIgnoreCase{IgnoreCase(text)});
  return true;
}

bool LeafArrayReader::numeric_value(std::string_view op, double& value) {
  if (tokens_.next() != Token::number) {
    return fail("Value of " + std::string(op == "=" ? "equals" : op) + " must be numeric");
  }
  auto number = comparable_number(tokens_.text());
  if (!number) return fail("Cannot compare number : " + std::string(tokens_.text()));
  value = *number;
  return true;
}

bool LeafArrayReader::numeric(LeafArray& out) {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  if (tokens_.next() != Token::begin_array) return fail("Value of numeric must be an array.");
  Token token = tokens_.next();
  if (token != Token::string) return fail("Invalid member in numeric match: " + shown(token, tokens_));
  std::string op(tokens_.text());
  bool lower_bound = op == ">" || op == ">=";
  if (!lower_bound && op != "=" && op != "<" && op != "<=") return fail("Unrecognized numeric range operator: " + op);
  NumericRange range{-infinite, infinite, false, false};
  double value = 0;
  if (!numeric_value(op, value)) return false;
  token = tokens_.next();
  if (lower_bound) {
    range.low = value;
    range.low_open = op == ">";
    if (token != Token::end_array) {
      if (token != Token::string) return fail("Bad value in numeric range: " + shown(token, tokens_));
      std::string upper(tokens_.text());
      if (upper != "<" && upper != "<=") return fail("Bad numeric range operator: " + upper);
      if (!numeric_value(upper, range.high)) return false;
      range.high_open = upper == "<";
      if (tokens_.next() != Token::end_array) return fail("Too many terms in numeric range expression");
      if (range.low >= range.high) return fail("Bottom must be less than top");
    }
  } else {
    if (token != Token::end_array) return fail(too_many_elements);
    range.high = value;
    range.high_open = op == "<";
    if (op == "=") range.low = value;
  }
  out.alternatives.emplace_back(range);
  return end_of_expression(too_many_elements);
}

bool LeafArrayReader::exists(LeafArray& out) {
  Token token = tokens_.next();
  if (token == Token::true_value)
    out.alternatives.emplace_back(Exists{});
  else if (token == Token::false_value)
    out.absent_suffices = true;
  else
    return fail("exists match pattern must be either true or false.");
  return end_of_expression(not_one_key);
}

bool LeafArrayReader::anything_but(LeafArray& out) {
  switch (tokens_.next()) {
    case Token::begin_object: return anything_but_operator(out);
    case Token::begin_array: return anything_but_list(out) && end_of_expression(too_many_elements);
    case Token::string:
      out.alternatives.emplace_back(AnythingButTexts{{std::string(tokens_.text())}});
      return end_of_expression(too_many_elements);
    case Token::number: {
      auto number = comparable_number(tokens_.text());
      if (!number) return fail("Cannot compare number : " + std::string(tokens_.text()));
      out.alternatives.emplace_back(AnythingButNumbers{{*number}});
      return end_of_expression(too_many_elements);
    }
    default: return fail(anything_but_value);
  }
}

bool LeafArrayReader::anything_but_list(LeafArray& out) {
  AnythingButTexts texts;
  AnythingButNumbers numbers;
  for (Token token = tokens_.next(); token != Token::end_array; token = tokens_.next()) {
    if (token == Token::string) {
      texts.texts.emplace_back(tokens_.text());
    } else if (token == Token::number) {
      auto number = comparable_number(tokens_.text());
      if (!number) return fail("Cannot compare number : " + std::string(tokens_.text()));
      numbers.values.push_back(*number);
    } else {
      return fail("Inside anything but list, start|null|boolean is not supported.");
    }
  }
  if (texts.texts.empty() == numbers.values.empty()) {  // both or neither
    return fail("Inside anything but list, either all values are number or string, mixed type is not supported");
  }
  if (numbers.values.empty())
    out.alternatives.emplace_back(std::move(texts));
  else
    out.alternatives.emplace_back(std::move(numbers));
  return true;
}

bool LeafArrayReader::anything_but_operator(LeafArray& out) {
  if (tokens_.next() != Token::name) return fail("Anything-But expression name not found");
  std::string op(tokens_.text());
  bool affix = op == "prefix" || op == "suffix";
  if (!affix && op != "equals-ignore-case" && op != "wildcard") return fail("Unsupported anything-but pattern: " + op);
  std::vector<std::string> texts;
  auto take = [&](Token token) {
    if (token != Token::string) {
      return fail(affix              ? "prefix/suffix match pattern must be a string"
                  : op == "wildcard" ? "wildcard match pattern must be a string"
                                     : "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not "
                                       "supported.");
    }
    if (affix && tokens_.text().empty()) return fail("Null prefix/suffix not allowed");
    texts.emplace_back(tokens_.text());
    return true;
  };
  Token token = tokens_.next();
  if (token == Token::begin_array) {
    for (token = tokens_.next(); token != Token::end_array; token = tokens_.next()) {
      if (!take(token)) return false;
    }
  } else if (token != Token::string && token != Token::number) {
    return fail(anything_but_value);
  } else if (!take(token)) {
    return false;
  }
  if (op == "prefix") {
    out.alternatives.emplace_back(AnythingButPrefix{std::move(texts)});
  } else if (op == "suffix") {
    out.alternatives.emplace_back(AnythingButSuffix{std::move(texts)});
  } else if (op == "wildcard") {
    AnythingButWildcard but;
    for (const std::string& text : texts) {
      auto wildcard = Wildcard::parse(text, problem_);
      if (!wildcard) return false;
      but.texts.push_back(std::move(*wildcard));
    }
    out.alternatives.emplace_back(std::move(but));
  } else {
    out.alternatives.emplace_back(AnythingButIgnoreCase{std::vector<IgnoreCase>(texts.begin(), texts.end())});
  }
  return end_of_expression(too_many_elements) && end_of_expression(too_many_elements);
}

}  // namespace millrace::filter
