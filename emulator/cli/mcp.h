#pragma once
// `millrace mcp`: a Model Context Protocol server over standard input and output, for coding agents: what a running server
// (MILLRACE_URL) holds and did. The protocol: https://modelcontextprotocol.io/specification (JSON-RPC 2.0, a message a line).

#include <iosfwd>
#include <optional>

#include "emulator/base/json.h"

namespace millrace::cli {

/// Answers messages until the input ends. Tools that change something are there only with `allow_writes`. The exit code.
int serve_mcp(std::istream& in, std::ostream& out, bool allow_writes);

}  // namespace millrace::cli
