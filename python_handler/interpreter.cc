#include "python_handler/interpreter.h"

#include <pybind11/embed.h>
#include <pybind11/stl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>

#include <generated/bootstrap_source.h>  // made from bootstrap.py

#include "python_handler/event_parser.h"
#include "python_handler/runtime_client.h"

namespace py = pybind11;

namespace millrace::worker {

namespace {

std::unique_ptr<RuntimeClient> client;  // made in the child, once AWS_LAMBDA_RUNTIME_API is known
int frame_fd = 1;

std::string header(const RuntimeClient::Reply& reply, const char* name) {
  auto found = reply.headers.find(name);
  return found == reply.headers.end() ? "" : found->second;
}

// The next invocation as a tuple, or None once the Runtime API is gone.
py::object next_invocation() {
  RuntimeClient::Reply reply;
  // The function's own signal handlers run while it waits: SIGTERM comes before the end where extensions are.
  client->on_signal = [] {
    py::gil_scoped_acquire acquire;
    return PyErr_CheckSignals() == 0;
  };
  {
    py::gil_scoped_release release;
    reply = client->next();
  }
  client->on_signal = nullptr;
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  if (reply.status != 200) return py::none();
  return py::make_tuple(header(reply, "lambda-runtime-aws-request-id"),
                        std::strtoll(header(reply, "lambda-runtime-deadline-ms").c_str(), nullptr, 10),
                        header(reply, "lambda-runtime-invoked-function-arn"), header(reply, "lambda-runtime-trace-id"),
                        header(reply, "lambda-runtime-client-context"),
                        header(reply, "lambda-runtime-cognito-identity"), header(reply, "lambda-runtime-aws-tenant-id"),
                        py::bytes(reply.body));
}

// The event of a body, or NotImplemented where json.loads shall judge.
py::object parse(const py::bytes& body) {
  PyObject* event = parse_event(std::string_view(body));
  return event != nullptr ? py::reinterpret_steal<py::object>(event)
                          : py::reinterpret_borrow<py::object>(Py_NotImplemented);
}

// Writes one log event, framed as the Lambda runtimes frame theirs: type, length, time in microseconds, text.
// One writev, so that a child process's output doesn't get between (up to the size of the pipe's buffer).
void write_frame(std::string_view text) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  uint64_t micros = static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_nsec) / 1000;
  unsigned char head[16] = {0xa5, 0x5a, 0x00, 0x03};
  for (int i = 0; i < 4; ++i) head[4 + i] = static_cast<unsigned char>(text.size() >> (24 - 8 * i));
  for (int i = 0; i < 8; ++i) head[8 + i] = static_cast<unsigned char>(micros >> (56 - 8 * i));
  iovec parts[2] = {{head, sizeof head}, {const_cast<char*>(text.data()), text.size()}};
  py::gil_scoped_release release;
  size_t first = 0;
  while (first < 2) {
    ssize_t written = writev(frame_fd, parts + first, static_cast<int>(2 - first));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;  // nobody reads any more
    size_t left = static_cast<size_t>(written);
    while (first < 2 && left >= parts[first].iov_len) left -= parts[first++].iov_len;
    if (first < 2) {
      parts[first].iov_base = static_cast<char*>(parts[first].iov_base) + left;
      parts[first].iov_len -= left;
    }
  }
}

int respond(const std::string& request_id, std::string_view body) {
  py::gil_scoped_release release;
  return client->post_response(request_id, body).status;
}

int fail(const std::string& request_id, const std::string& type, std::string_view body) {
  py::gil_scoped_release release;
  return client->post_error(request_id, type, body).status;
}

int fail_init(const std::string& type, std::string_view body) {
  py::gil_scoped_release release;
  return client->post_init_error(type, body).status;
}

}  // namespace

PYBIND11_EMBEDDED_MODULE(_millrace, module) {
  module.def("next", &next_invocation);
  module.def("parse", &parse);
  module.def("respond", &respond);
  module.def("fail", &fail);
  module.def("fail_init", &fail_init);
  module.def("write_frame", &write_frame);
}

struct __attribute__((visibility("hidden"))) Interpreter::State {
  py::module_ bootstrap;
};

namespace {

[[noreturn]] void give_up(const PyStatus& status) {
  std::fprintf(stderr, "millrace-python: Python could not be initialised: %s\n",
               status.err_msg ? status.err_msg : "unknown error");
  std::exit(1);
}

/// This program's file, asked before anything is mounted: in a namespace of its own and below another root the kernel may
/// call it by a path that isn't there.
const std::filesystem::path kProgram = [] {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error);
}();

/// The folder above the program's own, if a packaged Python's standard library lies in its lib; else empty: then it is
/// the system's.
std::string packaged_home() {
  std::error_code error;
  const auto home = kProgram.parent_path().parent_path();
  const std::string library = "lib/python" + std::to_string(PY_MAJOR_VERSION) + "." + std::to_string(PY_MINOR_VERSION);
  return std::filesystem::exists(home / library / "os.py", error) ? home.string() : "";
}

void initialise() {
  // Nothing of the server's own environment (PYTHONPATH, PYTHONSTARTUP, ...) counts for functions.
  PyPreConfig preconfig;
  PyPreConfig_InitIsolatedConfig(&preconfig);
  preconfig.utf8_mode = 1;
  PyStatus status = Py_PreInitialize(&preconfig);
  if (PyStatus_Exception(status)) give_up(status);
  PyConfig config;
  PyConfig_InitIsolatedConfig(&config);
  config.buffered_stdio = 0;  // what a handler printed before it was killed is in its log
  config.install_signal_handlers = 1;
  const std::string home = packaged_home();
  const std::string program = home.empty() ? "/usr/bin/python3" : home + "/bin/python3";
  if (!home.empty()) PyConfig_SetBytesString(&config, &config.home, home.c_str());
  PyConfig_SetBytesString(&config, &config.program_name, program.c_str());
  PyConfig_SetString(&config, &config.stdio_encoding, L"utf-8");
  PyConfig_SetString(&config, &config.stdio_errors, L"backslashreplace");
  status = Py_InitializeFromConfig(&config);
  PyConfig_Clear(&config);
  if (PyStatus_Exception(status)) give_up(status);
}

py::module_ load_bootstrap() {
  // The name that AWS's own runtime shows in stack traces; frames of this file are left out of them.
  py::object code =
      py::reinterpret_steal<py::object>(Py_CompileString(kBootstrapSource, "/var/runtime/bootstrap.py", Py_file_input));
  if (!code) throw py::error_already_set();
  py::object module = py::reinterpret_steal<py::object>(
      PyImport_ExecCodeModuleEx("bootstrap", code.ptr(), "/var/runtime/bootstrap.py"));
  if (!module) throw py::error_already_set();
  return py::reinterpret_borrow<py::module_>(module);
}

}  // namespace

Interpreter::Interpreter(const std::string& site) : state_(std::make_unique<State>()) {
  initialise();
  try {
    state_->bootstrap = load_bootstrap();
    state_->bootstrap.attr("use_packages")(site);
  } catch (py::error_already_set& error) {
    std::fprintf(stderr, "millrace-python: %s\n", error.what());
    std::exit(1);
  }
}

// The parent ends by _exit and the child by serve(): Python is never finalised from here.
Interpreter::~Interpreter() {
  state_->bootstrap.release();
}

std::string Interpreter::version() {
  return PY_VERSION;
}

bool Interpreter::preload_step() {
  bool more = state_->bootstrap.attr("preload_step")().cast<bool>();
  if (!more) py::module_::import("gc").attr("collect")();
  return more;
}

int Interpreter::fork() {
  // Objects made before the fork are never looked at by the child's collector, so their pages stay shared.
  static py::object& freeze = *new py::object(py::module_::import("gc").attr("freeze"));
  freeze();
  PyOS_BeforeFork();
  int pid = ::fork();
  if (pid == 0)
    PyOS_AfterFork_Child();
  else
    PyOS_AfterFork_Parent();
  return pid;
}

int Interpreter::serve(const Environment& environment) {
  int code = serve_until_done(environment);
  Py_FinalizeEx();  // waits for the handler's threads and runs its exit functions, as the end of any Python
                    // does
  return code;
}

int Interpreter::serve_until_done(const Environment& environment) {
  frame_fd = environment.log_fd;
  try {
    py::dict variables;
    std::string api;
    for (const std::string& variable : environment.variables) {
      size_t equals = variable.find('=');
      variables[py::str(variable.substr(0, equals))] = py::str(variable.substr(equals + 1));
      if (variable.substr(0, equals) == "AWS_LAMBDA_RUNTIME_API") api = variable.substr(equals + 1);
    }
    client = std::make_unique<RuntimeClient>(api);
    state_->bootstrap.attr("prepare")(variables, environment.task_folder, environment.opt_folders);
    return state_->bootstrap.attr("serve")().cast<int>();
  } catch (py::error_already_set& error) {
    error.restore();
    PyErr_PrintEx(0);  // SystemExit ends the process here, with its code
    return 1;
  }
}

}  // namespace millrace::worker
