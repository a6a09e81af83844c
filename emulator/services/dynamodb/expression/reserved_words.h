#pragma once

#include <string_view>

namespace millrace::dynamodb {

/// True for a word that an expression can't use as an attribute name without a placeholder; in any case.
bool is_reserved_word(std::string_view name);

}  // namespace millrace::dynamodb
