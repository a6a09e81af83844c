#include "emulator/server/init_scripts.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>
#include <vector>

#include "emulator/base/log.h"
#include "emulator/base/mutex.h"

extern char** environ;

namespace millrace::server {

namespace {

namespace fs = std::filesystem;

constexpr size_t kLineMax = 4096;

struct Script {
  fs::path path;
  std::string state = "UNKNOWN";  // LocalStack's words: UNKNOWN, RUNNING, SUCCESSFUL, ERROR
};

bool holds_terraform(const fs::path& folder) {
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().extension() == ".tf") return true;
  }
  return false;
}

std::vector<Script> scripts_in(const std::string& folder) {
  std::vector<Script> out;
  std::error_code failed;
  if (folder.empty()) return out;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
    const std::string kind = entry.path().extension();
    const bool ours =
        entry.is_directory(failed) ? holds_terraform(entry.path()) : kind == ".sh" || kind == ".py" || kind == ".tf";
    if (ours) out.push_back({entry.path()});
  }
  std::sort(out.begin(), out.end(),
            [](const Script& a, const Script& b) { return a.path.filename() < b.path.filename(); });
  return out;
}

/// As one word for sh.
std::string shell_word(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// Terraform wants a folder of its own: it keeps its state beside the files.
std::string terraform_command(const fs::path& source, const fs::path& data_folder) {
  fs::path place = data_folder / "init" / "terraform" / source.stem();
  std::error_code failed;
  fs::create_directories(place, failed);
  std::vector<fs::path> files;
  if (fs::is_directory(source, failed)) {
    for (const fs::directory_entry& entry : fs::directory_iterator(source, failed)) files.push_back(entry.path());
  } else {
    files.push_back(source);
  }
  for (const fs::path& file : files) {
    fs::path link = place / file.filename();
    fs::remove_all(link, failed);
    fs::create_symlink(fs::absolute(file, failed), link, failed);
  }
  // What went well is told by Terraform's summary and its outputs; a failure whole.
  return "cd " + shell_word(place.string()) + R"( || exit 1
out=$(terraform init -input=false -no-color 2>&1) || { printf '%s\n' "$out"; exit 1; }
out=$(terraform apply -auto-approve -input=false -no-color 2>&1) || { printf '%s\n' "$out"; exit 1; }
printf '%s\n' "$out" | grep -E '^(Apply complete|Warning|[A-Za-z0-9_-]+ = )'
)";
}

std::vector<std::string> command_of(const Script& script, const fs::path& data_folder) {
  const std::string kind = script.path.extension();
  if (kind == ".sh") return {"sh", script.path.string()};
  if (kind == ".py") return {"python3", script.path.string()};
  return {"sh", "-c", terraform_command(script.path, data_folder)};
}

std::vector<std::string> variables_of(const InitScripts::Settings& settings) {
  std::vector<std::string> own = {"AWS_ENDPOINT_URL=" + settings.endpoint_url,
                                  "AWS_DEFAULT_REGION=" + settings.region,
                                  "AWS_REGION=" + settings.region,
                                  "MILLRACE_URL=" + settings.endpoint_url,
                                  "MILLRACE_ADMIN_TOKEN=" + settings.admin_token,
                                  "HTTP_PROXY=" + settings.endpoint_url};
  std::vector<std::string> out;
  bool has_key = false;
  for (char** entry = environ; *entry; ++entry) {
    std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    has_key |= name == "AWS_ACCESS_KEY_ID=";
    if (std::none_of(own.begin(), own.end(), [&](const std::string& one) { return one.starts_with(name); }))
      out.emplace_back(text);
  }
  if (!has_key) own.insert(own.end(), {"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"});
  out.insert(out.end(), own.begin(), own.end());
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// A process of its own group, with the signals that we block let through; its output's reading end. -1: it can't be started.
pid_t spawn(std::vector<std::string> command, std::vector<std::string> variables, int& output) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, ends[1], STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  std::vector<char*> arguments = pointers(command), environment = pointers(variables);
  const int failed = posix_spawnp(&pid, arguments[0], &files, &attributes, arguments.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  close(ends[1]);
  output = ends[0];
  if (failed == 0) return pid;
  close(ends[0]);
  return -1;
}

/// Each line of the output to the log, under the script's name.
void log_output(int output, const std::string& name) {
  std::string line;
  char buffer[4096];
  auto tell = [&] {
    if (!line.empty()) log::info("init " + name + ": " + line);
    line.clear();
  };
  for (ssize_t size; (size = read(output, buffer, sizeof buffer)) > 0;) {
    for (ssize_t i = 0; i < size; ++i) {
      if (buffer[i] == '\n' || line.size() >= kLineMax)
        tell();
      else
        line += buffer[i];
    }
  }
  tell();
  close(output);
}

}  // namespace

struct InitScripts::State {
  Settings settings;
  mutable Mutex mutex;
  std::vector<Script> scripts GUARDED_BY(mutex);
  bool done GUARDED_BY(mutex) = false;
  bool stopping GUARDED_BY(mutex) = false;
  pid_t running GUARDED_BY(mutex) = -1;
  std::thread thread;

  void set(size_t index, const char* state) {
    MutexLock lock(mutex);
    scripts[index].state = state;
  }

  void run_one(size_t index, const Script& script) {
    const std::string name = script.path.filename();
    log::info("init " + name + ": begins");
    set(index, "RUNNING");
    int output = -1;
    pid_t pid = -1;
    {
      MutexLock lock(mutex);
      if (stopping) return;
      pid = running = spawn(command_of(script, settings.data_folder), variables_of(settings), output);
    }
    int status = -1;
    if (pid > 0) {
      log_output(output, name);
      waitpid(pid, &status, 0);
    }
    {
      MutexLock lock(mutex);
      running = -1;
      if (stopping) return;
    }
    const bool fine = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    set(index, fine ? "SUCCESSFUL" : "ERROR");
    if (fine) return log::info("init " + name + ": done");
    log::error(
        "init " + name +
        (pid > 0 ? ": failed, exit status " + std::to_string(WEXITSTATUS(status)) : std::string(": can't be started")));
  }

  void run() {
    std::vector<Script> list;
    {
      MutexLock lock(mutex);
      list = scripts;
    }
    for (size_t i = 0; i < list.size(); ++i) run_one(i, list[i]);
    MutexLock lock(mutex);
    done = true;
  }
};

InitScripts::InitScripts(Settings settings) : state_(std::make_shared<State>()) {
  state_->settings = std::move(settings);
}

InitScripts::~InitScripts() {
  stop();
}

void InitScripts::start() {
  {
    MutexLock lock(state_->mutex);
    state_->scripts = scripts_in(state_->settings.folder);
    state_->done = state_->scripts.empty();
    if (state_->done) return;
  }
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

void InitScripts::stop() {
  {
    MutexLock lock(state_->mutex);
    state_->stopping = true;
    if (state_->running > 0) kill(-state_->running, SIGTERM);
  }
  if (state_->thread.joinable()) state_->thread.join();
}

Json InitScripts::report() const {
  MutexLock lock(state_->mutex);
  Json scripts = Json::array();
  for (const Script& script : state_->scripts)
    scripts.push_back({{"stage", "READY"}, {"name", script.path.filename().string()}, {"state", script.state}});
  return {{"completed", {{"BOOT", true}, {"START", true}, {"READY", state_->done}, {"SHUTDOWN", false}}},
          {"scripts", scripts}};
}

}  // namespace millrace::server
