// millrace-python: the worker program. It knows three ways to run:
//   millrace-python --parent FD [--scratch DIR] [--site DIR] [--visible DIR]...
//                                                 forks execution environments for the server at FD
//   millrace-python [--site DIR] [options of python3] [/var/runtime/bootstrap.py]
//                                                 one environment, from AWS_LAMBDA_RUNTIME_API, _HANDLER, ...: what a
//                                                 wrapper (AWS_LAMBDA_EXEC_WRAPPER) starts
//   millrace-python --version-info                the Python that handlers really run on

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "python_handler/interpreter.h"
#include "python_handler/parent.h"

int main(int argc, char** argv) {
  int socket_fd = -1;
  std::string scratch, site;
  std::vector<std::string> visible;
  for (int i = 1; i < argc; ++i) {
    bool has_value = i + 1 < argc;
    if (std::strcmp(argv[i], "--version-info") == 0) {
      std::printf("CPython %s\n", millrace::worker::Interpreter::version().c_str());
      return 0;
    }
    if (std::strcmp(argv[i], "--parent") == 0 && has_value) {
      socket_fd = std::atoi(argv[++i]);
    } else if (std::strcmp(argv[i], "--scratch") == 0 && has_value) {
      scratch = argv[++i];
    } else if (std::strcmp(argv[i], "--site") == 0 && has_value) {
      site = argv[++i];
    } else if (std::strcmp(argv[i], "--visible") == 0 && has_value) {
      visible.emplace_back(argv[++i]);
    } else if (std::getenv("AWS_LAMBDA_RUNTIME_API") != nullptr) {
      continue;  // what a wrapper adds for python3 (`-X importtime`) means nothing to an embedded interpreter
    } else {
      std::fprintf(stderr, "millrace-python: unknown argument %s\n", argv[i]);
      return 2;
    }
  }
  if (socket_fd >= 0) return millrace::worker::run_parent(socket_fd, {scratch, site, visible});
  if (std::getenv("AWS_LAMBDA_RUNTIME_API") == nullptr) {
    std::fprintf(stderr, "millrace-python: AWS_LAMBDA_RUNTIME_API is not set\n");
    return 2;
  }
  return millrace::worker::run_alone(site);
}
