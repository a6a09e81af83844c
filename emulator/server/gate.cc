#include "emulator/server/gate.h"

#include <thread>

#include "emulator/base/clock.h"
#include "emulator/base/guard.h"
#include "emulator/base/system_time.h"

namespace millrace::server {

using protocol::HttpReply;
using protocol::HttpRequest;

void Gate::open(Front& world, uint64_t number) {
  std::vector<Waiting> waiting;
  std::vector<std::function<void()>> openers;
  {
    MutexLock lock(mutex_);
    world_ = &world;
    number_ = number;
    state_ = State::open;
    waiting.swap(waiting_);
    openers.swap(openers_);
  }
  for (auto& fn : openers) guarded("a request that waited", fn);
  for (Waiting& one : waiting) {
    guarded("a request that waited",
            [&] { handle(std::move(one.request), std::move(one.facts), std::move(one.respond)); });
  }
}

void Gate::close() {
  MutexLock lock(mutex_);
  state_ = State::closed;
}

bool Gate::settle(std::chrono::milliseconds grace, int64_t but_for) {
  const auto deadline = std::chrono::steady_clock::now() + grace;
  MutexLock lock(mutex_);
  while (under_way_ > but_for) {
    if (!lock.wait_until(settled_, deadline)) return under_way_ <= but_for;
  }
  return true;
}

void Gate::shut() {
  {
    MutexLock lock(mutex_);
    state_ = State::shut;
  }
  while (entered_ > 0) std::this_thread::yield();  // none of them waits for anything
}

Front::BodyPlan Gate::plan(HttpRequest& head, const ConnectionEnds& ends) {
  Entry entry(*this);
  if (state_ != State::shut) return world_.load()->plan(head, ends);
  BodyPlan later;
  later.wait = true;
  return later;
}

void Gate::when_open(std::function<void()> fn) {
  {
    MutexLock lock(mutex_);
    if (state_ == State::shut) return openers_.push_back(std::move(fn));
  }
  fn();
}

HttpReply Gate::body_too_large(const HttpRequest& head, const HeadFacts* facts) {
  Entry entry(*this);
  if (state_ != State::shut && (!facts || facts->world == number_)) return world_.load()->body_too_large(head, facts);
  HttpReply reply;
  reply.status = 413;
  reply.headers.set("Content-Type", "text/plain");
  reply.body = "The request's body is too large.\n";
  return reply;
}

void Gate::handle(HttpRequest request, std::shared_ptr<const HeadFacts> facts, Respond respond) {
  for (;;) {
    {
      Entry entry(*this);
      if (state_ == State::open) return pass(std::move(request), std::move(facts), std::move(respond));
    }
    MutexLock lock(mutex_);
    if (state_ == State::open) continue;
    return waiting_.push_back({std::move(request), std::move(facts), std::move(respond)});
  }
}

void Gate::pass(HttpRequest request, std::shared_ptr<const HeadFacts> facts, Respond respond) {
  under_way_.fetch_add(1);
  Front& world = *world_;
  if (facts && facts->world != number_) {
    // The head was looked at by a world that is gone.
    BodyPlan plan = world.plan(request, {});
    if (plan.refuse) return respond(std::move(*plan.refuse));
    facts = std::move(plan.facts);
  }
  world.handle(std::move(request), std::move(facts), std::move(respond));
}

void Gate::answered() {
  under_way_.fetch_sub(1);
  if (state_ == State::open) return;
  MutexLock lock(mutex_);
  settled_.notify_all();
}

bool Gate::run_blocking(std::function<void()> work) {
  Entry entry(*this);
  return state_ != State::shut && world_.load()->run_blocking(std::move(work));
}

std::string Gate::date() {
  Entry entry(*this);
  return state_ == State::shut ? http_date(system_time_ms()) : world_.load()->date();
}

}  // namespace millrace::server
