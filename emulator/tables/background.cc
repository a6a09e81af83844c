#include "emulator/tables/background.h"

#include "emulator/base/executor.h"

namespace millrace::tables {

struct Background::State {
  WorkInProgress work;  // before the executor, whose jobs use it
  Executor executor{"background work of the tables", 1};
};

Background::Background(Timers& timers) : timers_(timers), state_(std::make_shared<State>()) {}

Background::~Background() {
  state_->executor.stop();
}

void Background::post(const std::shared_ptr<State>& state, std::function<void()> job) {
  WorkInProgress* work = &state->work;
  work->begin();
  const bool queued = state->executor.post([work, job = std::move(job)] {
    struct Ended {
      WorkInProgress* work;
      ~Ended() { work->end(); }
    } ended{work};
    job();
  });
  if (!queued) work->end();
}

void Background::post(std::function<void()> job) {
  post(state_, std::move(job));
}

void Background::at(Millis at, std::function<void()> job) {
  timers_.at(at, [weak = std::weak_ptr(state_), job = std::move(job)]() mutable {
    if (auto state = weak.lock()) post(state, std::move(job));
  });
}

WorkInProgress& Background::work() {
  return state_->work;
}

bool Background::stopping() const {
  return state_->executor.stopping();
}

}  // namespace millrace::tables
