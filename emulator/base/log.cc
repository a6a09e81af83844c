#include "emulator/base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace millrace::log {

namespace {
spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = spdlog::stderr_color_mt("millrace");
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
    made->set_level(spdlog::level::info);
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
}  // namespace

Level parse_level(std::string_view name) {
  if (name == "debug") return Level::debug;
  if (name == "warning" || name == "warn") return Level::warning;
  if (name == "error") return Level::error;
  if (name == "off") return Level::off;
  return Level::info;
}

void set_level(Level level) {
  logger().set_level(theirs(level));
}
bool enabled(Level level) {
  return logger().should_log(theirs(level));
}
void debug(std::string_view text) {
  logger().debug(text);
}
void info(std::string_view text) {
  logger().info(text);
}
void warning(std::string_view text) {
  logger().warn(text);
}
void error(std::string_view text) {
  logger().error(text);
}

}  // namespace millrace::log
