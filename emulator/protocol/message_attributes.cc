#include "emulator/protocol/message_attributes.h"

#include <algorithm>

#include "emulator/base/characters.h"
#include "emulator/base/encoding.h"

namespace millrace::protocol {

namespace {

constexpr size_t kNameMax = 256;

bool is_name_character(char c) {
  return is_digit(c) || is_letter(c) || c == '_' || c == '-' || c == '.';
}

/// The digits at the beginning are taken off; how many there were.
size_t take_digits(std::string_view& text) {
  const size_t count = static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
  text.remove_prefix(count);
  return count;
}

}  // namespace

std::optional<std::string> attribute_name_problem(std::string_view name) {
  // unverified: AWS's words; the rules are documented.
  if (name.empty() || name.size() > kNameMax) return "Length of message attribute name must be less than 256 bytes.";
  const std::string lower = to_lower(std::string(name));
  if (lower.starts_with("aws.") || lower.starts_with("amazon."))
    return "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'.";
  if (!std::all_of(name.begin(), name.end(), is_name_character) || name.starts_with('.') || name.ends_with('.') ||
      name.find("..") != std::string_view::npos)
    return "Invalid non-alphanumeric character was found in the message attribute name. Can only include alphanumeric "
           "characters, hyphens, underscores, or dots.";
  return std::nullopt;
}

bool is_attribute_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  size_t digits = take_digits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += take_digits(text);
  }
  if (digits == 0) return false;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (take_digits(text) == 0) return false;
  }
  return text.empty();
}

}  // namespace millrace::protocol
