#pragma once
// How AWS words what is wrong with a statement. Its parser is the one of PartiQL's reference implementation
// (github.com/partiql/partiql-lang-kotlin, org.partiql.lang.syntax.SqlParser), whose messages come through.

#include <string>
#include <string_view>

#include "emulator/services/dynamodb/partiql/partiql_lexer.h"

namespace millrace::dynamodb {

/// What is said where an expression should begin but this token stands: "Unexpected term" and its kind.
std::string unexpected(const PartiqlToken& token);

/// "Expected RIGHT_PAREN"
std::string expected_symbol(std::string_view symbol);

/// A word that PartiQL keeps for itself, so that it is no alias.
bool is_keyword(const PartiqlToken& token);

/// "at 1:27:5": line, column and length, in characters.
std::string location(std::string_view statement, const PartiqlToken& token);

}  // namespace millrace::dynamodb
