#pragma once
// Cuts a PartiQL statement into tokens.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::dynamodb {

struct PartiqlToken {
  enum class Kind { word, quoted_word, string, number, parameter, symbol, end };
  Kind kind = Kind::end;
  std::string text;  // a string's or quoted word's content, its quotes undone
  size_t from = 0;
  size_t size = 0;  // as written, in bytes
};

/// The tokens, the last one being `end`; nullopt for a string or comment that never ends or a character that belongs
/// nowhere.
std::optional<std::vector<PartiqlToken>> tokenize_partiql(std::string_view statement);

}  // namespace millrace::dynamodb
