#include "runtime/messages/messages.h"

#include <cstdlib>

namespace millrace::worker {

std::string join_fields(const std::vector<std::string>& fields) {
  std::string message;
  for (const std::string& field : fields) {
    message += field;
    message += '\0';
  }
  return message;
}

std::vector<std::string> split_fields(std::string_view message) {
  std::vector<std::string> fields;
  while (!message.empty()) {
    size_t end = message.find('\0');
    if (end == std::string_view::npos) end = message.size();
    fields.emplace_back(message.substr(0, end));
    message.remove_prefix(std::min(end + 1, message.size()));
  }
  return fields;
}

bool parse_spawn(const std::vector<std::string>& fields, SpawnRequest& request) {
  if (fields.size() < 2) return false;
  request.id = fields[1];
  for (size_t i = 2; i < fields.size(); ++i) {
    size_t equals = fields[i].find('=');
    if (equals == std::string::npos) return false;
    std::string key = fields[i].substr(0, equals);
    std::string value = fields[i].substr(equals + 1);
    if (key == "kind")
      request.python = value == "python";
    else if (key == "arg")
      request.argv.push_back(value);
    else if (key == "env")
      request.env.push_back(value);
    else if (key == "task")
      request.task_folder = value;
    else if (key == "layer")
      request.layer_folders.push_back(value);
    else if (key == "tmp")
      request.tmp_folder = value;
    else if (key == "tmp_mb")
      request.tmp_mb = std::atoi(value.c_str());
    else if (key == "memory_mb")
      request.memory_mb = std::atoi(value.c_str());
    else
      return false;
  }
  return true;
}

}  // namespace millrace::worker
