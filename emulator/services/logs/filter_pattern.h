#pragma once
// The filter pattern language of CloudWatch Logs: what FilterLogEvents, metric filters, subscription filters and Live
// Tail select by. Three forms: terms, JSON selectors `{ ... }`, and space-delimited columns `[ ... ]`.
// Source: "Filter pattern syntax" in the CloudWatch Logs user guide.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/base/result.h"

namespace millrace::logs {

/// A value that a field is compared with: a number, a text with `*` wildcards, or a regular expression between %.
class ComparedValue {
 public:
  /// nullopt if the text is no value (an invalid regular expression).
  static std::optional<ComparedValue> parse(std::string_view text, bool quoted);
  bool matches_text(std::string_view text) const;
  std::optional<double> number() const { return number_; }
  bool is_plain_number() const { return number_.has_value() && !quoted_; }

 private:
  struct Expression;
  std::string text_;
  bool quoted_ = false;
  std::optional<double> number_;
  std::shared_ptr<const Expression> expression_;
};

enum class Comparison { equal, not_equal, less, less_equal, greater, greater_equal };
/// Reads `=`, `!=`, `<`, ... at the front of `text` and takes it off; nullopt if there is none.
std::optional<Comparison> take_comparison(std::string_view& text);
bool compare(Comparison comparison, std::string_view field, const ComparedValue& value);
bool compare(Comparison comparison, double field, const ComparedValue& value);

class FilterPattern {
 public:
  virtual ~FilterPattern() = default;
  /// InvalidParameterException if the pattern is malformed.
  static Result<std::shared_ptr<const FilterPattern>> compile(std::string_view text);

  virtual bool matches(std::string_view message) const = 0;
  /// What a metric filter may refer to: `$ip`, `$.latency`. Empty for term patterns.
  virtual std::map<std::string, std::string> extract(std::string_view message) const {
    (void)message;
    return {};
  }
  /// The event's value of one reference, `$ip` or `$.latency`, used by the pattern or not; nullopt if there is none.
  virtual std::optional<std::string> value(std::string_view message, const std::string& reference) const;
};

// The three forms; each returns nullptr if the text is malformed. `fault` is what to say of it, if that is known.
std::shared_ptr<const FilterPattern> compile_terms(std::string_view text, std::string& fault);
std::shared_ptr<const FilterPattern> compile_json_selector(std::string_view text);
std::shared_ptr<const FilterPattern> compile_columns(std::string_view text);

/// The value at `$.a.b[0]` in a parsed event; nullptr if there is none.
const Json* select(const Json& event, std::string_view selector);

}  // namespace millrace::logs
