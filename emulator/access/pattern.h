#pragma once
// Texts of a policy that may hold wildcards and variables: `arn:aws:s3:::home/${aws:username}/*`.
//
// A Template is compiled once, when the policy is parsed. Its wildcards become two bytes that no policy can
// contain (AWS admits tab, line ends and U+0020 upwards only), so that the `*` which `${*}` or a variable's
// value puts there stays a plain character.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::access {

/// Condition keys of one request: lower-case key ("aws:sourcearn") to its values.
using RequestContext = std::map<std::string, std::vector<std::string>>;

inline constexpr char kAnyRun = '\x01';  // `*`: any run of characters, also none
inline constexpr char kAnyOne = '\x02';  // `?`: any one character

class Template {
 public:
  /// `variables`: whether `${...}` is a variable (policy version 2012-10-17) or plain text (2008-10-17).
  static Template compile(std::string_view text, bool variables);

  /// The pattern for glob(). nullptr if a variable has no single value in `context` and no default.
  /// The result points into the template or into `scratch`.
  const std::string* expand(const RequestContext& context, std::string& scratch) const;

  /// As written in the policy.
  const std::string& source() const { return source_; }
  /// Names of the variables as written, e.g. "aws:username".
  std::vector<std::string> variables() const;

 private:
  struct Part {
    std::string text;      // pattern text before the variable
    std::string variable;  // lower-case key; empty in a last part that is text only
    std::string written;   // the variable as the policy has it
    std::optional<std::string> fallback;
  };
  std::string source_;
  std::vector<Part> parts_;
};

/// Does `text` match the pattern (wildcard bytes as above)? Linear but for the number of wildcards.
bool glob(std::string_view pattern, std::string_view text);

/// The wildcards of `text` as pattern bytes, no variables: for action names.
std::string compile_wildcards(std::string_view text);

/// ArnLike and ArnEquals: the six colon-separated parts are compared one by one, wildcards within a part.
/// A pattern that is `*` alone matches every ARN.
bool arn_like(std::string_view pattern, std::string_view arn);

}  // namespace millrace::access
