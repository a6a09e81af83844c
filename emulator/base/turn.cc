#include "emulator/base/turn.h"

#include <utility>

namespace millrace {

namespace {
thread_local std::function<void(std::function<void()>)> post_to_end;
}  // namespace

void set_turn_end(std::function<void(std::function<void()>)> post) {
  post_to_end = std::move(post);
}

bool at_turn_end(std::function<void()> task) {
  if (!post_to_end) return false;
  post_to_end(std::move(task));
  return true;
}

}  // namespace millrace
