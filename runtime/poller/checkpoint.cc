#include "runtime/poller/checkpoint.h"

namespace millrace::poller {

std::string ShardCheckpoint::text() const {
  Json json = {{"after", after}};
  if (done) json["done"] = true;
  if (window) json["window"] = {{"start", window->start_ms}, {"state", window->state}};
  return to_text(json);
}

ShardCheckpoint ShardCheckpoint::parse(const std::string& text) {
  ShardCheckpoint result;
  auto json = parse_json(text);
  if (!json || !json->is_object()) return result;
  result.after = text_of(*json, "after");
  result.done = bool_of(*json, "done");
  if (const Json* window = find(*json, "window"); window && window->is_object()) {
    result.window = WindowState{int_of(*window, "start"), text_of(*window, "state", "{}")};
  }
  return result;
}

}  // namespace millrace::poller
