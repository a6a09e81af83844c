#include "emulator/services/logs/insights/value.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace millrace::logs::insights {

Value value_of_json(const Json& json) {
  if (json.is_null()) return {};
  if (json.is_string()) return json.get<std::string>();
  if (json.is_boolean()) return boolean_value(json.get<bool>());
  return to_text(json);
}

Value part_of(const Structure& whole, const Json& part) {
  if (!part.is_structured()) return value_of_json(part);
  return Structure{std::shared_ptr<const Json>(whole.json, &part), whole.bytes};  // keeps the whole alive
}

std::optional<double> number_of(const Value& value) {
  if (auto* number = std::get_if<double>(&value)) return *number;
  if (auto* time = std::get_if<Time>(&value)) return static_cast<double>(time->ms);
  auto* text = std::get_if<std::string>(&value);
  if (!text || text->empty()) return std::nullopt;
  double number = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  bool whole = error == std::errc() && end == text->data() + text->size() && std::isfinite(number);
  return whole ? std::optional(number) : std::nullopt;
}

std::string text_of(const Value& value) {
  if (auto* text = std::get_if<std::string>(&value)) return *text;
  if (auto* number = std::get_if<double>(&value)) return number_text(*number);
  if (auto* time = std::get_if<Time>(&value)) return time_text(time->ms);
  if (auto* structure = std::get_if<Structure>(&value)) return to_text(*structure->json);
  return "";
}

bool is_true(const Value& value) {
  if (auto number = number_of(value)) return *number != 0;
  if (std::holds_alternative<Structure>(value)) return true;
  auto* text = std::get_if<std::string>(&value);
  return text && !text->empty() && *text != "false";
}

int order(const Value& a, const Value& b) {
  if (is_absent(a) || is_absent(b)) return static_cast<int>(is_absent(a)) - static_cast<int>(is_absent(b));
  auto x = number_of(a), y = number_of(b);
  if (x && y) return *x < *y ? -1 : *x > *y ? 1 : 0;
  if (x || y) return x ? 1 : -1;
  int compared = text_of(a).compare(text_of(b));
  return compared < 0 ? -1 : compared > 0 ? 1 : 0;
}

std::string number_text(double value) {
  constexpr double kExactMax = 9.007199254740992e15;
  if (std::isfinite(value) && value == std::floor(value) && std::abs(value) < kExactMax)
    return fmt::format("{}", static_cast<int64_t>(value));
  std::string text = fmt::format("{:.4f}", value);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string time_text(Millis ms) {
  CalendarTime t = calendar(ms);
  return fmt::format("{:04d}-{:02d}-{:02d} {:02d}:{:02d}:{:02d}.{:03d}", t.year, t.month, t.day, t.hour, t.minute,
                     t.second, t.millisecond);
}

}  // namespace millrace::logs::insights
