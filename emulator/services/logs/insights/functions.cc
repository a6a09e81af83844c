#include "emulator/services/logs/insights/functions.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "emulator/base/encoding.h"

namespace millrace::logs::insights {

namespace {

using Arguments = std::vector<Value>;
using Context = EvaluationContext;

constexpr size_t kTextMax = 1u << 20;

template <double (*compute)(double)>
Value numeric(const Arguments& a, const Context&) {
  auto x = number_of(a[0]);
  if (!x) return {};
  double y = compute(*x);
  return std::isfinite(y) ? Value(y) : Value();
}

double absolute(double x) {
  return std::abs(x);
}
double ceiling(double x) {
  return std::ceil(x);
}
double round_down(double x) {
  return std::floor(x);
}
double logarithm(double x) {
  return std::log(x);
}
double square_root(double x) {
  return std::sqrt(x);
}

template <bool greatest>
Value extreme(const Arguments& a, const Context&) {
  Value best;
  for (const Value& value : a) {
    if (!number_of(value)) continue;
    if (is_absent(best) || (greatest ? order(value, best) > 0 : order(value, best) < 0)) best = value;
  }
  return best;
}

enum class Side { left, right, both };

template <Side side>
Value trimmed(const Arguments& a, const Context&) {
  if (is_absent(a[0])) return {};
  std::string text = text_of(a[0]), set = a.size() > 1 ? text_of(a[1]) : " \t\r\n";
  if (side != Side::right) text.erase(0, std::min(text.find_first_not_of(set), text.size()));
  if (side != Side::left) text.erase(text.find_last_not_of(set) + 1);
  return text;
}

template <int (*change)(int)>
Value cased(const Arguments& a, const Context&) {
  if (is_absent(a[0])) return {};
  std::string text = text_of(a[0]);
  for (char& c : text) c = static_cast<char>(static_cast<unsigned char>(c) < 0x80 ? change(c) : c);
  return text;
}

int lower(int c) {
  return std::tolower(c);
}
int upper(int c) {
  return std::toupper(c);
}

Value concatenated(const Arguments& a, const Context&) {
  std::string out;
  for (const Value& value : a) {
    if (is_absent(value)) return {};
    out += text_of(value);
    if (out.size() > kTextMax) return {};
  }
  return out;
}

Value length_of(const Arguments& a, const Context&) {
  if (is_absent(a[0])) return {};
  std::string text = text_of(a[0]);  // characters, not bytes
  return static_cast<double>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

Value substring(const Arguments& a, const Context&) {
  auto from = number_of(a[1]);
  auto count = a.size() > 2 ? number_of(a[2]) : std::optional(1e9);
  if (is_absent(a[0]) || !from || !count || *from < 0 || *count < 0) return {};
  std::string text = text_of(a[0]);
  auto start = static_cast<size_t>(std::min(*from, static_cast<double>(text.size())));
  return text.substr(start, static_cast<size_t>(std::min(*count, 1e9)));
}

Value replaced(const Arguments& a, const Context&) {
  if (is_absent(a[0]) || is_absent(a[1]) || is_absent(a[2])) return {};
  std::string text = text_of(a[0]), what = text_of(a[1]), with = text_of(a[2]), out;
  if (what.empty()) return text;
  size_t from = 0;
  for (size_t at = text.find(what); at != std::string::npos && out.size() < kTextMax; at = text.find(what, from)) {
    out.append(text, from, at - from).append(with);
    from = at + what.size();
  }
  return out.append(text, from);
}

Value contains(const Arguments& a, const Context&) {
  if (is_absent(a[0]) || is_absent(a[1])) return boolean_value(false);
  return boolean_value(text_of(a[0]).find(text_of(a[1])) != std::string::npos);
}

Value is_empty(const Arguments& a, const Context&) {
  return boolean_value(text_of(a[0]).empty());
}
Value is_blank(const Arguments& a, const Context&) {
  return boolean_value(text_of(a[0]).find_first_not_of(" \t\r\n") == std::string::npos);
}
Value is_present(const Arguments& a, const Context&) {
  return boolean_value(!is_absent(a[0]));
}

Value first_present(const Arguments& a, const Context&) {
  for (const Value& value : a) {
    if (!is_absent(value)) return value;
  }
  return {};
}

/// Absent where no calendar reaches: beyond the year 275760, as in ECMAScript.
Value time_value(double ms) {
  constexpr double kFarthest = 8.64e15;
  return std::abs(ms) <= kFarthest ? Value(Time{static_cast<Millis>(ms)}) : Value();
}

Value choose(const Arguments& a, const Context&) {
  return is_true(a[0]) ? a[1] : a[2];
}

/// The beginning of the period that the time lies in, counted from the epoch.
Value floored(const Arguments& a, const Context&) {
  auto time = number_of(a[0]), period = number_of(a[1]);
  if (!time || !period || *period < 1) return {};
  return time_value(std::floor(*time / *period) * *period);
}

Value raised(const Arguments& a, const Context&) {
  auto time = number_of(a[0]), period = number_of(a[1]);
  if (!time || !period || *period < 1) return {};
  return time_value(std::ceil(*time / *period) * *period);
}

Value from_millis(const Arguments& a, const Context&) {
  auto ms = number_of(a[0]);
  return ms ? time_value(*ms) : Value();
}

Value to_millis(const Arguments& a, const Context&) {
  auto ms = number_of(a[0]);
  return ms ? Value(*ms) : Value();
}

Value now(const Arguments&, const Context& context) {
  return static_cast<double>(context.now_ms / 1000);
}

/// 16 bytes of an address, IPv4 ones in the last four; 0, 4 or 6 is its kind.
int parse_address(const std::string& text, unsigned char (&out)[16]) {
  std::memset(out, 0, sizeof out);
  if (inet_pton(AF_INET, text.c_str(), out + 12) == 1) return 4;
  if (inet_pton(AF_INET6, text.c_str(), out) == 1) return 6;
  return 0;
}

template <int kind>
Value is_address(const Arguments& a, const Context&) {
  unsigned char bytes[16];
  int found = parse_address(text_of(a[0]), bytes);
  return boolean_value(kind == 0 ? found != 0 : found == kind);
}

template <int kind>
Value in_subnet(const Arguments& a, const Context&) {
  std::string subnet = text_of(a[1]);
  size_t slash = subnet.find('/');
  if (slash == std::string::npos) return boolean_value(false);
  unsigned char address[16], base[16];
  int family = parse_address(text_of(a[0]), address);
  if (family == 0 || family != parse_address(subnet.substr(0, slash), base) || (kind != 0 && family != kind))
    return boolean_value(false);
  int bits = std::atoi(subnet.c_str() + slash + 1) + (family == 4 ? 96 : 0);
  for (int bit = 0; bit < std::min(bits, 128); ++bit) {
    unsigned char mask = static_cast<unsigned char>(0x80 >> (bit % 8));
    if ((address[bit / 8] & mask) != (base[bit / 8] & mask)) return boolean_value(false);
  }
  return boolean_value(true);
}

/// A map or list of a text that is one's JSON; empty for any other text.
Value json_parsed(const Arguments& a, const Context&) {
  auto* text = std::get_if<std::string>(&a[0]);
  if (!text) return std::holds_alternative<Structure>(a[0]) ? a[0] : Value();
  auto json = parse_json(*text);
  if (!json || !json->is_structured()) return {};
  constexpr size_t kBytesPerByte = 8;  // a parsed document's size to its text's, about
  return Structure{std::make_shared<const Json>(std::move(*json)), text->size() * kBytesPerByte};
}

Value json_text(const Arguments& a, const Context&) {
  return std::holds_alternative<Structure>(a[0]) ? Value(text_of(a[0])) : Value();
}

/// Data protection masks nothing here, so there is nothing to reveal.
Value unmasked(const Arguments& a, const Context&) {
  return a[0];
}

constexpr size_t kMany = 64;

// bin(p) is parsed as datefloor(@timestamp, p).
constexpr Function kFunctions[] = {
    {"abs", 1, 1, numeric<absolute>},
    {"ceil", 1, 1, numeric<ceiling>},
    {"floor", 1, 1, numeric<round_down>},
    {"log", 1, 1, numeric<logarithm>},
    {"sqrt", 1, 1, numeric<square_root>},
    {"greatest", 1, kMany, extreme<true>},
    {"least", 1, kMany, extreme<false>},
    {"datefloor", 2, 2, floored},
    {"dateceil", 2, 2, raised},
    {"frommillis", 1, 1, from_millis},
    {"tomillis", 1, 1, to_millis},
    {"now", 0, 0, now},
    {"ispresent", 1, 1, is_present},
    {"coalesce", 1, kMany, first_present},
    {"if", 3, 3, choose},
    {"isempty", 1, 1, is_empty},
    {"isblank", 1, 1, is_blank},
    {"concat", 1, kMany, concatenated},
    {"ltrim", 1, 2, trimmed<Side::left>},
    {"rtrim", 1, 2, trimmed<Side::right>},
    {"trim", 1, 2, trimmed<Side::both>},
    {"strlen", 1, 1, length_of},
    {"toupper", 1, 1, cased<upper>},
    {"tolower", 1, 1, cased<lower>},
    {"substr", 2, 3, substring},
    {"replace", 3, 3, replaced},
    {"strcontains", 2, 2, contains},
    {"isvalidip", 1, 1, is_address<0>},
    {"isvalidipv4", 1, 1, is_address<4>},
    {"isvalidipv6", 1, 1, is_address<6>},
    {"isipinsubnet", 2, 2, in_subnet<0>},
    {"isipv4insubnet", 2, 2, in_subnet<4>},
    {"isipv6insubnet", 2, 2, in_subnet<6>},
    {"jsonparse", 1, 1, json_parsed},
    {"jsonstringify", 1, 1, json_text},
    {"unmask", 1, 1, unmasked},
};

constexpr std::string_view kAggregates[] = {"count",    "count_distinct", "sum",    "avg",      "min",    "max",
                                            "pct",      "median",         "stddev", "earliest", "latest", "sortsfirst",
                                            "sortslast"};

}  // namespace

const Function* find_function(std::string_view name) {
  std::string wanted = to_lower(name);
  for (const Function& function : kFunctions) {
    if (function.name == wanted) return &function;
  }
  return nullptr;
}

bool is_aggregate(std::string_view lower_name) {
  return std::find(std::begin(kAggregates), std::end(kAggregates), lower_name) != std::end(kAggregates);
}

std::optional<double> period_ms(double count, std::string_view unit) {
  constexpr double kSecond = 1000, kDay = 86'400'000;
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"ms", 1},
      {"msec", 1},
      {"s", kSecond},
      {"sec", kSecond},
      {"second", kSecond},
      {"seconds", kSecond},
      {"m", 60 * kSecond},
      {"min", 60 * kSecond},
      {"minute", 60 * kSecond},
      {"minutes", 60 * kSecond},
      {"h", 3600 * kSecond},
      {"hr", 3600 * kSecond},
      {"hour", 3600 * kSecond},
      {"hours", 3600 * kSecond},
      {"d", kDay},
      {"day", kDay},
      {"days", kDay},
      {"w", 7 * kDay},
      {"week", 7 * kDay},
      {"weeks", 7 * kDay},
      // unverified: that longer periods are of these fixed lengths.
      {"mo", 30 * kDay},
      {"month", 30 * kDay},
      {"q", 90 * kDay},
      {"quarter", 90 * kDay},
      {"y", 365 * kDay},
      {"year", 365 * kDay}};
  for (const auto& [name, ms] : kUnits) {
    if (name == unit) return count * ms;
  }
  return std::nullopt;
}

}  // namespace millrace::logs::insights
