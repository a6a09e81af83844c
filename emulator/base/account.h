#pragma once

#include <string_view>

namespace millrace {

/// Twelve digits: the form of an account's id. (As an access key it is the root of that account here.)
inline bool is_account_id(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace millrace
