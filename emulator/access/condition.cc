#include "emulator/access/condition.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "emulator/base/clock.h"
#include "emulator/base/encoding.h"

namespace millrace::access {
namespace {

std::optional<long double> number(const std::string& text) {
  // strtold knows more than policies do: hexadecimal, infinities, leading blanks.
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string::npos) return std::nullopt;
  char* end = nullptr;
  const long double value = std::strtold(text.c_str(), &end);
  if (*end != '\0') return std::nullopt;
  return value;
}

/// The W3C's forms of ISO 8601 that leave out the seconds ("2026-03-01T12:00Z") or the day ("2026-03"), in full.
std::string completed(const std::string& text) {
  constexpr size_t kMonth = 7, kMinute = 16;  // their ends
  if (text.size() == kMonth && text[4] == '-') return text + "-01";
  const bool no_seconds = text.size() > kMinute && text[10] == 'T' && text[13] == ':' && text[kMinute] != ':';
  return no_seconds ? text.substr(0, kMinute) + ":00" + text.substr(kMinute) : text;
}

bool compare(ConditionOperator op, long double have, long double want) {
  switch (op) {
    case ConditionOperator::numeric_equals:
    case ConditionOperator::date_equals: return have == want;
    case ConditionOperator::numeric_less:
    case ConditionOperator::date_less: return have < want;
    case ConditionOperator::numeric_less_equals:
    case ConditionOperator::date_less_equals: return have <= want;
    case ConditionOperator::numeric_greater:
    case ConditionOperator::date_greater: return have > want;
    default: return have >= want;
  }
}

struct Address {
  std::array<unsigned char, 16> bytes{};
  int bits = 0;  // 32 or 128; 0 if it isn't an address
};

Address parse_address(std::string_view text) {
  Address address;
  const std::string copy(text);
  if (inet_pton(AF_INET, copy.c_str(), address.bytes.data()) == 1) {
    address.bits = 32;
  } else if (inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1) {
    address.bits = 128;
  }
  return address;
}

/// Only string and ARN operators know wildcards and variables; the others take the text as it stands.
bool takes_patterns(ConditionOperator op) {
  switch (op) {
    case ConditionOperator::string_equals:
    case ConditionOperator::string_equals_ignore_case:
    case ConditionOperator::string_like:
    case ConditionOperator::arn_like: return true;
    default: return false;
  }
}

/// A pattern back as plain text: StringEquals has variables, but its `*` is a character.
std::string literal(std::string_view pattern) {
  std::string text(pattern);
  for (char& c : text) c = c == kAnyRun ? '*' : c == kAnyOne ? '?' : c;
  return text;
}

bool matches_pattern(ConditionOperator op, const std::string& have, const std::string& pattern) {
  switch (op) {
    case ConditionOperator::string_equals: return have == literal(pattern);
    case ConditionOperator::string_equals_ignore_case: return equals_ignore_case(have, literal(pattern));
    case ConditionOperator::string_like: return glob(pattern, have);
    default: return arn_like(pattern, have);
  }
}

bool matches_plain(ConditionOperator op, const std::string& have, const std::string& want) {
  switch (op) {
    case ConditionOperator::boolean: return equals_ignore_case(have, want);
    case ConditionOperator::binary_equals: {
      const auto a = from_base64(have), b = from_base64(want);
      return a && b && *a == *b;
    }
    case ConditionOperator::ip_address: return ip_in_block(have, want);
    case ConditionOperator::date_equals:
    case ConditionOperator::date_less:
    case ConditionOperator::date_less_equals:
    case ConditionOperator::date_greater:
    case ConditionOperator::date_greater_equals: {
      const auto a = policy_date(have), b = policy_date(want);
      return a && b && compare(op, *a, *b);
    }
    default: {
      const auto a = number(have), b = number(want);
      return a && b && compare(op, *a, *b);
    }
  }
}

/// One value of the request against all values of the policy: any of them, or none of them for Not... forms.
bool value_satisfies(const Condition& condition, const std::vector<std::string>& patterns, const std::string& have) {
  const bool pattern = takes_patterns(condition.op);
  bool any = false;
  for (size_t i = 0; i < condition.values.size() && !any; ++i) {
    any = pattern ? matches_pattern(condition.op, have, patterns[i])
                  : matches_plain(condition.op, have, condition.values[i].source());
  }
  return any != condition.negated;
}

/// "Such as an empty string", the documentation says of the empty sets that ForAllValues holds for.
bool is_empty_set(const std::vector<std::string>& values) {
  return std::all_of(values.begin(), values.end(), [](const std::string& value) { return value.empty(); });
}

Match to_match(bool yes) {
  return yes ? Match::yes : Match::no;
}

}  // namespace

std::optional<long double> policy_date(const std::string& text) {
  if (const auto seconds = number(text)) return *seconds * 1000;
  const Millis t = parse_iso(completed(text));
  if (t < 0) return std::nullopt;
  return static_cast<long double>(t);
}

bool ip_in_block(std::string_view address, std::string_view block) {
  const size_t slash = block.find('/');
  const Address have = parse_address(address);
  const Address want = parse_address(block.substr(0, slash));
  if (have.bits == 0 || have.bits != want.bits) return false;
  int prefix = want.bits;
  if (slash != std::string_view::npos) {
    const std::string_view digits = block.substr(slash + 1);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) return false;
    if (prefix < 0 || prefix > want.bits) return false;
  }
  const int whole = prefix / 8, rest = prefix % 8;
  if (std::memcmp(have.bytes.data(), want.bytes.data(), static_cast<size_t>(whole)) != 0) return false;
  if (rest == 0) return true;
  const int mask = 0xFF << (8 - rest) & 0xFF;
  const auto at = static_cast<size_t>(whole);
  return (have.bytes[at] & mask) == (want.bytes[at] & mask);
}

Match matches(const Condition& condition, const RequestContext& context) {
  const auto it = context.find(condition.key);
  const bool present = it != context.end() && !it->second.empty();
  if (condition.op == ConditionOperator::null) {
    for (const Template& value : condition.values) {
      if (equals_ignore_case(value.source(), "true") == !present) return Match::yes;
    }
    return Match::no;
  }
  if (condition.quantifier == Quantifier::for_all_values && present && is_empty_set(it->second)) {
    return Match::yes;
  }
  if (!present) {
    if (condition.if_exists) return Match::yes;
    if (condition.quantifier == Quantifier::for_all_values) return Match::yes;
    if (condition.quantifier == Quantifier::for_any_value) return Match::no;
    return to_match(condition.negated);
  }
  std::vector<std::string> patterns;
  if (takes_patterns(condition.op)) {
    patterns.reserve(condition.values.size());
    std::string scratch;
    for (const Template& value : condition.values) {
      const std::string* pattern = value.expand(context, scratch);
      if (pattern == nullptr) return Match::unresolved;
      patterns.push_back(*pattern);
    }
  }
  // A key with several values and no quantifier is outside the documentation: a plain operator then holds if
  // one value satisfies it, a negated one if all do. unverified: AWS says only that the result is undefined.
  const bool all = condition.quantifier == Quantifier::for_all_values ||
                   (condition.quantifier == Quantifier::none && condition.negated);
  for (const std::string& have : it->second) {
    if (value_satisfies(condition, patterns, have) != all) return to_match(!all);
  }
  return to_match(all);
}

}  // namespace millrace::access
