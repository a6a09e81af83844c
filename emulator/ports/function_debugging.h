#pragma once
// `serve --debug`: functions run under a debugger. Offered by the server, asked by the pool.

namespace millrace::ports {

struct FunctionDebugging {
  /// Invocations have no time limit, processes aren't frozen between them, and each opens a debugger's port on loopback.
  bool on = false;
};

}  // namespace millrace::ports
