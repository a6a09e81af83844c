#pragma once
// What SQS and SNS have in common of a message's attributes.

#include <optional>
#include <string>
#include <string_view>

namespace millrace::protocol {

/// Why the name is none: letters, digits, `_`, `-` and single dots inside, at most 256 characters, not beginning with AWS.
/// or Amazon. [doc]. nullopt for a good one.
std::optional<std::string> attribute_name_problem(std::string_view name);
/// A number as DynamoDB's and Java's: digits with sign, point and exponent.
bool is_attribute_number(std::string_view text);

}  // namespace millrace::protocol
