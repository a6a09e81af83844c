#pragma once
// The lines with which serve opens: what it is, where, and what a shell needs.

#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/server/server.h"

namespace millrace::cli {

/// What the server says of itself for these lines.
struct OpeningFacts {
  uint16_t port = 0;
  Json health;             // GET /_millrace/health, which knows what handlers import
  std::string page_query;  // what the page's address ends with: Server::page_query()
  std::string token;       // the admin API's, and where it is kept
};
std::string opening_lines(const server::ServerOptions& options, const OpeningFacts& facts, bool colour);

/// What is odd about the options, a sentence each: a bind beyond loopback, a region that isn't one, a folder without room, a
/// worker program that isn't there.
std::vector<std::string> opening_warnings(const server::ServerOptions& options);

}  // namespace millrace::cli
