#include "emulator/server/admin_drain.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace millrace::server {

namespace {

constexpr int kTimeoutMaxS = 3600;

/// One call of drain: answered by whoever comes first, the engine or the deadline.
struct Drain {
  Admin::Respond respond;
  std::atomic<bool> answered{false};
  void answer(int status, bool drained) {
    if (!answered.exchange(true)) respond(json_reply(status, {{"drained", drained}}));
  }
};

/// Real-time deadlines on one thread, woken when there is something to do.
class Deadlines {
 public:
  Deadlines() : thread_([this] { run(); }) {}
  ~Deadlines() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  void add(std::chrono::steady_clock::time_point at, std::function<void()> fn) {
    std::lock_guard lock(mutex_);
    waiting_.emplace(at, std::move(fn));
    changed_.notify_all();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (waiting_.empty()) {
        changed_.wait(lock);
        continue;
      }
      if (changed_.wait_until(lock, waiting_.begin()->first) != std::cv_status::timeout) continue;
      auto node = waiting_.extract(waiting_.begin());
      lock.unlock();
      node.mapped()();
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<std::chrono::steady_clock::time_point, std::function<void()>> waiting_;  // guarded by mutex_
  bool stopping_ = false;                                                               // guarded by mutex_
  std::thread thread_;
};

}  // namespace

void add_drain_route(Admin& admin, ports::MappingEngine& engine) {
  auto deadlines = std::make_shared<Deadlines>();
  admin.add("POST drain", [&engine, deadlines](const protocol::HttpRequest& request, const Admin::Respond& respond) {
    std::string text = protocol::query_value(protocol::parse_query(request.raw_query()), "timeout").value_or("60");
    bool digits = !text.empty() && text.size() <= 4 && text.find_first_not_of("0123456789") == std::string::npos;
    int timeout_s = digits ? std::stoi(text) : -1;
    if (timeout_s < 0 || timeout_s > kTimeoutMaxS)
      return respond(json_reply(400, {{"message", "drain needs ?timeout=<seconds from 0 to 3600>"}}));
    auto drain = std::make_shared<Drain>();
    drain->respond = respond;
    auto id = engine.when_drained([drain] { drain->answer(200, true); });
    deadlines->add(std::chrono::steady_clock::now() + std::chrono::seconds(timeout_s), [drain, id, &engine] {
      if (drain->answered) return;
      engine.forget(id);
      drain->answer(408, false);
    });
  });
}

}  // namespace millrace::server
