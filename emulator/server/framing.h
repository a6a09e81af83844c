#pragma once
// Where a request or an answer begins and ends: what two readers of one connection must not differ about.

#include <string>
#include <string_view>

#include "emulator/protocol/http.h"

namespace millrace::server {

/// What is wrong with the fields that say where a request goes and where it ends. Empty: nothing.
std::string framing_problem(const protocol::Headers& headers, int version);

/// False for what functions and mappings can make up as a header's name, but would be another line, or nothing.
bool is_field_name(std::string_view name);

/// Without line ends: a header's value can't smuggle another header.
void append_one_line(std::string& out, std::string_view value);

}  // namespace millrace::server
