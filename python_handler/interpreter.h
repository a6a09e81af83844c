#pragma once
// The embedded CPython: Debian's /usr/bin/python3, whichever runtime label a function carries.

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace::worker {

class Interpreter {
 public:
  /// Initialises CPython and loads bootstrap.py. Ends the program with a message if that fails. `site`: the folder of
  /// functions' boto3; empty: Debian's.
  explicit Interpreter(const std::string& site);
  ~Interpreter();

  /// "3.11.2"
  static std::string version();

  /// Imports one more of the modules that functions are likely to want; false when nothing is left.
  bool preload_step();

  /// fork(), with what CPython needs done on both sides.
  int fork();

  /// In the child: what the process must look like before the handler is imported.
  struct Environment {
    std::vector<std::string> variables;  // "NAME=value"
    std::string task_folder;             // "/var/task" where it is mounted
    std::vector<std::string> opt_folders;
    int log_fd = 1;  // where whole log events go
  };
  /// Loads the handler and serves invocations; returns the process's exit code, or exits with it.
  int serve(const Environment& environment);

 private:
  int serve_until_done(const Environment& environment);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace::worker
