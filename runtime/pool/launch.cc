#include "runtime/pool/launch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include <pool_sources/node_runtime_source.h>  // made from node_runtime.js

namespace millrace::pool {

namespace {

bool exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

struct Bootstrap {
  std::string path;  // as the function sees it; empty if there is none
  bool executable = false;
};

// /var/task/bootstrap, else the last layer's.
Bootstrap find_bootstrap(const ports::FunctionVersion& function) {
  std::string file = function.code_folder + "/bootstrap";
  if (exists(file)) return {"/var/task/bootstrap", access(file.c_str(), X_OK) == 0};
  for (auto layer = function.layer_folders.rbegin(); layer != function.layer_folders.rend(); ++layer) {
    file = *layer + "/bootstrap";
    if (exists(file)) return {"/opt/bootstrap", access(file.c_str(), X_OK) == 0};
  }
  return {};
}

}  // namespace

std::vector<std::string> extension_names(const ports::FunctionVersion& function) {
  std::set<std::string> names;
  std::error_code error;
  for (const std::string& layer : function.layer_folders)
    for (const auto& entry : std::filesystem::directory_iterator(layer + "/extensions", error))
      if (entry.is_regular_file(error)) names.insert(entry.path().filename());
  return {names.begin(), names.end()};
}

std::string find_on_path(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    size_t colon = rest.find(':');
    std::string candidate = rest.substr(0, colon) + "/" + name;
    if (candidate[0] == '/' && access(candidate.c_str(), X_OK) == 0) return candidate;
    if (colon == std::string::npos) break;
    rest.erase(0, colon + 1);
  }
  return {};
}

namespace {

constexpr int kNodeInspectorPort = 9229;
constexpr const char* kDebugpyPort = "5678";
constexpr int kDebuggersMax = 100;  // at once, as ports are tried

/// The first port of loopback from `first` on that nobody listens on.
int free_port_from(int first) {
  for (int port = first; port < first + kDebuggersMax; ++port) {
    const int tried = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    const bool is_free = bind(tried, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(tried);
    if (is_free) return port;
  }
  return first;
}

// AWS_LAMBDA_EXEC_WRAPPER: the script that the managed runtimes are started through; it gets the runtime's command line
// and is to exec it. Runtimes of one's own don't know it [doc].
void wrap(const ports::FunctionVersion& function, const LaunchSettings& settings, Program& program) {
  auto wrapper = function.environment.find("AWS_LAMBDA_EXEC_WRAPPER");
  if (wrapper == function.environment.end() || wrapper->second.empty() || !program.obstacle.empty()) return;
  if (program.python) {
    program.python = false;
    program.arguments = {settings.worker_binary};
    if (!settings.folders.python_site.empty())
      program.arguments.insert(program.arguments.end(), {"--site", settings.folders.python_site});
    // Wrappers put options before the last argument, which on AWS is this file.
    program.arguments.emplace_back("/var/runtime/bootstrap.py");
  }
  program.arguments.insert(program.arguments.begin(), wrapper->second);
}

}  // namespace

Program program_for(const ports::FunctionVersion& function, const LaunchSettings& settings) {
  Program program;
  const std::string& runtime = function.runtime;
  if (runtime.starts_with("python")) {
    program.python = true;
    wrap(function, settings, program);
  } else if (runtime.starts_with("nodejs")) {
    if (settings.node_binary.empty()) {
      program.obstacle_type = "Runtime.NotInstalled";
      program.obstacle = "Functions with runtime " + runtime + " need `node` on the emulator's PATH; it isn't there";
      return program;
    }
    // V8 keeps within MemorySize by itself: about 3/4 of it is the heap's.
    program.arguments = {settings.node_binary, "--max-old-space-size=" + std::to_string(function.memory_mb * 3 / 4),
                         std::string("--eval=") + kNodeRuntimeSource};
    if (settings.debug)
      program.arguments.insert(program.arguments.begin() + 1,
                               "--inspect=127.0.0.1:" + std::to_string(free_port_from(kNodeInspectorPort)));
    wrap(function, settings, program);
  } else if (runtime.starts_with("provided")) {
    Bootstrap bootstrap = find_bootstrap(function);
    if (bootstrap.path.empty()) {
      program.obstacle_type = "Runtime.InvalidEntrypoint";
      program.obstacle = "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]";
    } else if (!bootstrap.executable) {
      program.obstacle_type = "Runtime.InvalidEntrypoint";
      program.obstacle = "fork/exec " + bootstrap.path + ": permission denied";
    }
    program.arguments = {bootstrap.path};
  } else {
    program.obstacle_type = "Runtime.NotSupported";
    program.obstacle = "The emulator runs python*, nodejs* and provided* functions, not " + runtime;
  }
  return program;
}

std::vector<std::string> environment_variables(const ports::FunctionVersion& function, const LaunchSettings& settings,
                                               const ports::Credentials& credentials, const std::string& log_stream,
                                               const std::string& runtime_api, const std::string& initialization_type) {
  std::map<std::string, std::string> variables = {
      {"AWS_ACCESS_KEY_ID", credentials.access_key_id},
      {"AWS_SECRET_ACCESS_KEY", credentials.secret_access_key},
      {"AWS_SESSION_TOKEN", credentials.session_token},
      {"AWS_DEFAULT_REGION", function.region},
      {"AWS_REGION", function.region},
      {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", std::to_string(function.memory_mb)},
      {"AWS_LAMBDA_FUNCTION_NAME", function.name},
      {"AWS_LAMBDA_FUNCTION_VERSION", function.version},
      {"AWS_LAMBDA_INITIALIZATION_TYPE", initialization_type},
      {"AWS_LAMBDA_LOG_GROUP_NAME", function.log_group},
      {"AWS_LAMBDA_LOG_STREAM_NAME", log_stream},
      {"AWS_LAMBDA_RUNTIME_API", runtime_api},
      {"AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"},
      {"AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000"},
      {"_AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1"},
      {"_AWS_XRAY_DAEMON_PORT", "2000"},
      {"LAMBDA_RUNTIME_DIR", "/var/runtime"},
      {"LAMBDA_TASK_ROOT", "/var/task"},
      {"LANG", "en_US.UTF-8"},
      {"LC_CTYPE", "C.UTF-8"},
      {"TZ", ":UTC"},
      {"PWD", "/var/task"},
      {"SHLVL", "0"},
      {"PATH", "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"},
      {"LD_LIBRARY_PATH",
       "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"},
      {"_HANDLER", function.handler},
  };
  if (!function.runtime.starts_with("provided")) variables["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + function.runtime;
  if (function.runtime.starts_with("python")) variables["PYTHONPATH"] = "/var/runtime";
  if (function.runtime.starts_with("python") && settings.debug) variables["_MILLRACE_DEBUG"] = kDebugpyPort;
  if (function.runtime.starts_with("nodejs")) {
    // The runtime's own SDK comes after the layers'.
    std::string own = settings.folders.node_modules.empty() ? "" : settings.folders.node_modules + ":";
    std::string major = function.runtime.substr(6, function.runtime.find('.') - 6);
    variables["NODE_PATH"] =
        "/opt/nodejs/node" + major + "/node_modules:/opt/nodejs/node_modules:" + own + "/var/runtime:/var/task";
  }
  if (credentials.access_key_id.empty())
    for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}) variables.erase(name);
  if (!settings.endpoint_url.empty()) variables["AWS_ENDPOINT_URL"] = settings.endpoint_url;
  if (function.log_format == "JSON") {
    variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON";
    variables["AWS_LAMBDA_LOG_LEVEL"] =
        function.application_log_level.empty() ? "INFO" : function.application_log_level;
  }
  for (const auto& [name, value] : function.environment) variables[name] = value;
  std::vector<std::string> out;
  for (const auto& [name, value] : variables) out.push_back(name + "=" + value);
  return out;
}

std::string prepare_scratch(const std::filesystem::path& scratch) {
  std::error_code error;
  std::filesystem::path tmp_root = std::filesystem::absolute(scratch) / "tmp";
  std::filesystem::remove_all(tmp_root, error);
  std::filesystem::create_directories(tmp_root, error);
  return tmp_root.string();
}

std::shared_ptr<const ports::FunctionVersion> for_debugging(const ports::FunctionVersion& function) {
  constexpr int kDaySeconds = 24 * 3600;
  constexpr int kDebuggedMemoryMb = 1024;
  auto out = std::make_shared<ports::FunctionVersion>(function);
  out->timeout_s = kDaySeconds;
  out->memory_mb = std::max(out->memory_mb, kDebuggedMemoryMb);
  return out;
}

}  // namespace millrace::pool
