#include "emulator/tables/background.h"

#include "emulator/base/executor.h"

namespace millrace::tables {

struct Background::State {
  Executor executor{"background work of the tables", 1};
};

Background::Background(Timers& timers) : timers_(timers), state_(std::make_shared<State>()) {}

Background::~Background() {
  state_->executor.stop();
}

void Background::post(std::function<void()> job) {
  state_->executor.post(std::move(job));
}

void Background::at(Millis at, std::function<void()> job) {
  timers_.at(at, [weak = std::weak_ptr(state_), job = std::move(job)]() mutable {
    if (auto state = weak.lock()) state->executor.post(std::move(job));
  });
}

bool Background::stopping() const {
  return state_->executor.stopping();
}

}  // namespace millrace::tables
