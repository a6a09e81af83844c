#pragma once
// Tokens of list operations. A token is a position in a stated order, not the name of a thing: the list goes on behind
// it, whether or not what was there still is.

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// A token for `position` in the list that `list` names: its operation, and whatever else the order depends on.
std::string page_token(std::string_view list, std::string_view position);

/// The position that a token stands for; nullopt for one that isn't of this list or was altered.
std::optional<std::string> page_position(std::string_view list, std::string_view token);

}  // namespace millrace
