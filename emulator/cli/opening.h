#pragma once
// The lines with which serve opens: what it is, where, and what a shell needs.

#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/server/server.h"

namespace millrace::cli {

/// `health`: the server's own GET /_millrace/health, which knows what handlers import.
std::string opening_lines(const server::ServerOptions& options, uint16_t port, const Json& health, bool colour);

/// What is odd about the options, a sentence each: a bind beyond loopback, a region that isn't one, a folder without room, a
/// worker program that isn't there.
std::vector<std::string> opening_warnings(const server::ServerOptions& options);

}  // namespace millrace::cli
