#include "runtime/messages/messages.h"

#include <algorithm>
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
    size_t end = std::min(message.find('\0'), message.size());
    fields.emplace_back(message.substr(0, end));
    message.remove_prefix(std::min(end + 1, message.size()));
  }
  return fields;
}

std::vector<std::string> spawn_fields(const SpawnRequest& request) {
  std::vector<std::string> fields = {"spawn", request.id, request.python ? "kind=python" : "kind=exec"};
  for (const std::string& argument : request.argv) fields.push_back("arg=" + argument);
  for (const std::string& variable : request.env) fields.push_back("env=" + variable);
  fields.push_back("task=" + request.task_folder);
  for (const std::string& folder : request.layer_folders) fields.push_back("layer=" + folder);
  fields.push_back("tmp=" + request.tmp_folder);
  fields.push_back("tmp_mb=" + std::to_string(request.tmp_mb));
  fields.push_back("memory_mb=" + std::to_string(request.memory_mb));
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
