#include "emulator/services/lambda/function_name.h"

#include <vector>

#include "emulator/base/arn.h"
#include "emulator/services/lambda/errors.h"

namespace millrace::lambda {

namespace {

std::vector<std::string> split_colons(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    size_t colon = text.find(':');
    parts.emplace_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

bool is_account(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "us-east-1", "us-gov-west-1", "us-isob-east-1", "eusc-de-east-1", by the model's pattern: function names may look much
/// like it.
bool is_region(std::string_view text) {
  auto letters = [&] {
    size_t count = 0;
    while (count < text.size() && text[count] >= 'a' && text[count] <= 'z') ++count;
    std::string_view word = text.substr(0, count);
    text.remove_prefix(count);
    return word;
  };
  auto dash = [&] {
    bool there = text.starts_with('-');
    if (there) text.remove_prefix(1);
    return there;
  };
  if (text.starts_with("eusc-")) text.remove_prefix(5);
  if (letters().size() != 2 || !dash()) return false;
  std::string_view word = letters();
  if (word == "gov" || word == "iso" || (word.size() == 4 && word.starts_with("iso"))) {
    if (!dash()) return false;
    word = letters();
  }
  return !word.empty() && dash() && text.size() == 1 && text[0] >= '0' && text[0] <= '9';
}

}  // namespace

std::string FunctionRef::arn() const {
  return make_arn("lambda", region, account, "function:" + name);
}
std::string FunctionRef::qualified_arn() const {
  return qualifier.empty() ? arn() : arn() + ":" + qualifier;
}

FunctionRef parse_function_name(std::string_view text, const std::string& default_account,
                                const std::string& default_region) {
  FunctionRef ref{default_account, default_region, "", ""};
  std::vector<std::string> parts = split_colons(text);
  size_t at = 0;
  if (parts.size() > 3 && parts[0] == "arn" && parts[2] == "lambda") at = 3;
  auto left = [&] { return parts.size() - at; };
  // `my-app-1:live` is a function and its alias, though my-app-1 could be a region by its form.
  const size_t least = at > 0 ? 1 : 2;
  if (left() > least && is_region(parts[at])) ref.region = parts[at++];
  if (left() > 1 && is_account(parts[at])) ref.account = parts[at++];
  // `arn:...:function` without a name is the function called "function", as on AWS.
  if (left() > 1 && parts[at] == "function") ++at;
  ref.name = parts[at++];
  if (left() > 0) ref.qualifier = parts[at];
  return ref;
}

Result<FunctionRef> function_of(const protocol::Call& call, const std::string& name, const std::string& qualifier) {
  FunctionRef ref = parse_function_name(name, call.caller.account, call.caller.region);
  if (ref.region != call.caller.region)
    return errors::not_found("Functions from '" + ref.region + "' are not reachable in this region ('" +
                             call.caller.region + "')");
  if (!qualifier.empty() && !ref.qualifier.empty() && qualifier != ref.qualifier)
    return errors::invalid("The derived qualifier from the function name does not match the specified qualifier.");
  if (ref.qualifier.empty()) ref.qualifier = qualifier;
  return ref;
}

Result<FunctionRef> function_of(const protocol::Call& call) {
  return function_of(call, text_of(call.input, "FunctionName"), text_of(call.input, "Qualifier"));
}

Result<FunctionRef> whole_function_of(const protocol::Call& call) {
  TRY(FunctionRef ref, function_of(call));
  ref.qualifier.clear();
  return ref;
}

AwsError function_not_found(const FunctionRef& ref) {
  return errors::not_found("Function not found: " + ref.qualified_arn());
}

bool is_version_number(std::string_view qualifier) {
  return !qualifier.empty() && qualifier.find_first_not_of("0123456789") == std::string_view::npos;
}

const protocol::Shape& function_name_shape() {
  static const protocol::Shape shape = protocol::string().length(1, 256).pattern(
      R"((arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?)");
  return shape;
}

const protocol::Shape& event_source_arn_shape() {
  static const protocol::Shape shape = protocol::string().pattern(
      R"(arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*))");
  return shape;
}

const protocol::Shape& new_function_name_shape() {
  static const protocol::Shape shape = protocol::string().length(1, 140).pattern(
      R"((arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?)");
  return shape;
}

const protocol::Shape& qualifier_shape() {
  static const protocol::Shape shape =
      protocol::string().length(1, 128).pattern(R"(\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+)");
  return shape;
}

protocol::Member function_name_member() {
  return protocol::required("FunctionName", function_name_shape());
}
protocol::Member short_function_name_member() {
  return protocol::required("FunctionName", new_function_name_shape());
}
protocol::Member qualifier_member() {
  return protocol::optional("Qualifier", qualifier_shape());
}

}  // namespace millrace::lambda
