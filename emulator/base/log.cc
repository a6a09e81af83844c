#include "emulator/base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

#include "emulator/base/json.h"
#include "emulator/base/mutex.h"
#include "emulator/base/repeats.h"

namespace millrace::log {

namespace {

struct State {
  std::shared_ptr<spdlog::sinks::stderr_color_sink_mt> sink;
  std::shared_ptr<spdlog::logger> logger;
  Format format = Format::text;  // set before threads are there
  Mutex mutex;
  Repeats repeats GUARDED_BY(mutex);
};

State& state() {
  static State* const instance = [] {
    auto* made = new State;  // lives as long as whoever may still log
    const char* no_color = std::getenv("NO_COLOR");
    auto mode = no_color && *no_color ? spdlog::color_mode::never : spdlog::color_mode::automatic;
    made->sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(mode);
    made->logger = std::make_shared<spdlog::logger>("millrace", made->sink);
    made->logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
    made->logger->set_level(spdlog::level::info);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum theirs(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warning: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
    case Level::off: return spdlog::level::off;
  }
  return spdlog::level::info;
}

void put(Level level, std::string_view text) {
  State& own = state();
  if (own.format == Format::json)
    own.logger->log(theirs(level), to_text(Json(std::string(text))));
  else
    own.logger->log(theirs(level), text);
}

void write(Level level, std::string_view text) {
  State& own = state();
  if (!own.logger->should_log(theirs(level))) return;
  std::vector<std::string> overdue;
  std::string line;
  {
    MutexLock lock(own.mutex);
    const auto now = std::chrono::steady_clock::now();
    line = own.repeats.seen(text, now);
    overdue = own.repeats.overdue(now);
  }
  for (const std::string& held : overdue) put(level, held);
  if (!line.empty()) put(level, line);
}

}  // namespace

Level parse_level(std::string_view name) {
  if (name == "debug") return Level::debug;
  if (name == "warning" || name == "warn") return Level::warning;
  if (name == "error") return Level::error;
  if (name == "off") return Level::off;
  return Level::info;
}

void set_level(Level level) {
  state().logger->set_level(theirs(level));
}
void set_format(Format format) {
  state().format = format;
  if (format == Format::terminal) state().logger->set_pattern("%H:%M:%S.%e  %^%l%$  %v");
  if (format == Format::json) {
    state().sink->set_color_mode(spdlog::color_mode::never);
    state().logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%e","kind":"log","level":"%l","message":%v})");
  }
}
bool enabled(Level level) {
  return state().logger->should_log(theirs(level));
}
void debug(std::string_view text) {
  if (enabled(Level::debug)) put(Level::debug, text);
}
void info(std::string_view text) {
  write(Level::info, text);
}
void warning(std::string_view text) {
  write(Level::warning, text);
}
void error(std::string_view text) {
  write(Level::error, text);
}

}  // namespace millrace::log
