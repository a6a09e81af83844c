#pragma once
// How a function's runtime label becomes a process: the program and the environment variables. Pure but for
// looking whether files exist.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/ports/authority.h"
#include "emulator/ports/function_catalog.h"
#include "runtime/pool/zygote.h"

namespace millrace::pool {

/// What is the same for all environments of a pool.
struct LaunchSettings {
  std::string endpoint_url;  // AWS_ENDPOINT_URL inside functions; empty: not set
  std::string node_binary;   // empty: no node on the PATH
  std::string worker_binary = {};
  RuntimeFolders folders = {};
  bool debug = false;  // a debugger's port is opened: 5678 for Python, 9229 for Node, or the next free one
};

struct Program {
  bool python = false;
  std::vector<std::string> arguments;  // empty for Python
  std::string obstacle_type;           // set where the function can't run here: the error document's type
  std::string obstacle;                // ... and message, without the "RequestId: ... Error: " in front
};
Program program_for(const ports::FunctionVersion& function, const LaunchSettings& settings);

/// "NAME=value" for every variable that Lambda sets, then the function's own, which win.
std::vector<std::string> environment_variables(const ports::FunctionVersion& function, const LaunchSettings& settings,
                                               const ports::Credentials& credentials, const std::string& log_stream,
                                               const std::string& runtime_api,
                                               const std::string& initialization_type = "on-demand");

/// The files in the layers' extensions folders, by name: programs that start beside the runtime.
std::vector<std::string> extension_names(const ports::FunctionVersion& function);

/// The first executable file called `name` on the PATH; empty if there is none.
std::string find_on_path(const std::string& name);

/// Makes the folder in which environments' /tmp lie, empty, below `scratch`; its absolute path.
std::string prepare_scratch(const std::filesystem::path& scratch);

/// The same for `serve --debug`: who steps through a handler takes longer than its timeout, and a debugger more memory than
/// it has.
std::shared_ptr<const ports::FunctionVersion> for_debugging(const ports::FunctionVersion& function);

}  // namespace millrace::pool
