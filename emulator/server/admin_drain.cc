#include "emulator/server/admin_drain.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <span>
#include <thread>

#include "emulator/base/guard.h"
#include "emulator/base/mutex.h"

namespace millrace::server {

namespace {

constexpr int kTimeoutMaxS = 3600;
constexpr size_t kShownMax = 20;  // of each kind, what a drain that ran out of time names

/// What a drain is about; empty: everything.
struct Scope {
  std::string account, table, function;
  /// Of a table alone only its mappings are waited for: what their functions cause is their own.
  bool mappings_alone() const { return !table.empty() && function.empty(); }
};

Json pending_mapping(const ports::MappingReport& mapping) {
  const auto& [config, status, recent] = mapping;
  Json out{{"what", "event source mapping"},
           {"account", config.account},
           {"source", config.event_source_arn},
           {"function", config.function_name},
           {"records", status.pending}};
  if (status.pending_since > 0) out["since"] = iso_millis(status.pending_since);
  if (status.next_try_ms > 0) out["nextTry"] = iso_millis(status.next_try_ms);
  for (auto event = recent.rbegin(); event != recent.rend(); ++event) {
    if (event->what != "failed" && event->what != "not called") continue;
    out["lastError"] = event->reason;
    break;
  }
  return out;
}

Json pending_piece(const std::string& what, const WorkInProgress::Piece& piece) {
  Json out{{"what", what}};
  if (!piece.account.empty()) out["account"] = piece.account;
  if (!piece.function.empty()) out["function"] = piece.function;
  if (piece.since_ms > 0) out["since"] = iso_millis(piece.since_ms);
  if (piece.next_ms > 0) out["nextTry"] = iso_millis(piece.next_ms);
  if (!piece.error.empty()) out["lastError"] = piece.error;
  return out;
}

bool is_about(const Scope& scope, const ports::MappingConfig& config) {
  if (!scope.account.empty() && scope.account != config.account) return false;
  if (!scope.function.empty() && scope.function != config.function_name && scope.function != config.function_arn)
    return false;
  const std::string& source = config.event_source_arn;
  return scope.table.empty() || source.starts_with(scope.table) ||
         source.find(":table/" + scope.table + "/") != std::string::npos || source.ends_with(":" + scope.table);
}

/// One call of drain: answered by whoever comes first, the work's end or the deadline.
///
/// In rounds: what is under way besides the mappings ends, then the mappings are drained; if nothing else began in
/// between, nothing is left. Otherwise (a function that ran wrote an object, whose event runs a function, ...) again.
class Drain : public std::enable_shared_from_this<Drain> {
 public:
  Drain(std::shared_ptr<const DrainedWork> work, Scope scope, Admin::Respond respond)
      : work_(std::move(work)),
        scope_(std::move(scope)),
        work_scope_{scope_.account, scope_.function},
        respond_(std::move(respond)) {}

  void begin_round() {
    begun_before_ = begun();
    wait_for(0);
  }

  void time_is_over() {
    if (answered_) return;
    Json waiting_for = Json::array(), pending = Json::array();
    for (const auto& kind : others()) {
      if (kind.work->under_way(work_scope_) == 0) continue;
      waiting_for.push_back(kind.name);
      for (const auto& piece : kind.work->pieces(work_scope_, kShownMax))
        pending.push_back(pending_piece(kind.name, piece));
    }
    if (waiting_for.empty()) waiting_for.push_back("event source mappings");
    size_t shown = 0;
    for (const ports::MappingReport& mapping : work_->mappings.reports()) {
      if (!mapping.status.busy || !is_about(scope_, mapping.config) || ++shown > kShownMax) continue;
      pending.push_back(pending_mapping(mapping));
    }
    answer(408, {{"drained", false}, {"waiting_for", waiting_for}, {"pending", pending}});
    MutexLock lock(mutex_);
    if (stop_waiting_) stop_waiting_();
  }

 private:
  std::span<const InProgress> others() const {
    return scope_.mappings_alone() ? std::span<const InProgress>() : std::span<const InProgress>(work_->others);
  }

  void wait_for(size_t kind) {
    if (answered_) return;
    auto self = shared_from_this();
    if (kind < others().size()) {
      WorkInProgress* work = others()[kind].work;
      auto id = work->when_none([self, kind] { self->wait_for(kind + 1); }, work_scope_);
      if (id != 0) stop_waiting_by([work, id] { work->forget(id); });
      return;
    }
    auto id = work_->mappings.when_drained_of({scope_.account, scope_.table, scope_.function}, [self] {
      if (self->begun() != self->begun_before_) return self->begin_round();
      self->work_->when_committed([self] { self->answer(200, {{"drained", true}}); });
    });
    stop_waiting_by([&engine = work_->mappings, id] { engine.forget(id); });
  }

  uint64_t begun() const {
    uint64_t sum = 0;
    for (const auto& kind : others()) sum += kind.work->begun(work_scope_);
    return sum;
  }

  void stop_waiting_by(std::function<void()> fn) {
    MutexLock lock(mutex_);
    stop_waiting_ = std::move(fn);
  }

  void answer(int status, const Json& body) {
    if (answered_.exchange(true)) return;
    // Let go of at once: it holds the connection, and the deadline holds us for as long as an hour.
    Admin::Respond respond = std::move(respond_);
    respond_ = nullptr;
    respond(json_reply(status, body));
  }

  const std::shared_ptr<const DrainedWork> work_;
  const Scope scope_;
  const WorkScope work_scope_;
  Admin::Respond respond_;  // of whoever sets answered_
  std::atomic<bool> answered_{false};
  std::atomic<uint64_t> begun_before_{0};
  Mutex mutex_;
  // Of the newest wait. One that was overtaken does nothing: its wait is over.
  std::function<void()> stop_waiting_ GUARDED_BY(mutex_);
};

/// Real-time deadlines on one thread, woken when there is something to do.
class Deadlines {
 public:
  Deadlines() : thread_([this] { run(); }) {}
  ~Deadlines() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
    for (auto& [at, fn] : waiting_) fn();  // the server ends: nobody's connection is held any longer
  }
  void add(std::chrono::steady_clock::time_point at, std::function<void()> fn) {
    MutexLock lock(mutex_);
    waiting_.emplace(at, std::move(fn));
    changed_.notify_all();
  }

 private:
  void run() {
    MutexLock lock(mutex_);
    while (!stopping_) {
      if (waiting_.empty()) {
        lock.wait(changed_);
        continue;
      }
      if (lock.wait_until(changed_, waiting_.begin()->first)) continue;
      auto node = waiting_.extract(waiting_.begin());
      lock.unlock();
      guarded("a drain's deadline", node.mapped());
      lock.lock();
    }
  }
  Mutex mutex_;
  std::condition_variable changed_;
  std::multimap<std::chrono::steady_clock::time_point, std::function<void()>> waiting_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace

void add_drain_route(Admin& admin, DrainedWork work) {
  auto deadlines = std::make_shared<Deadlines>();
  auto shared = std::make_shared<const DrainedWork>(std::move(work));
  admin.add("POST drain", [shared, deadlines](const protocol::HttpRequest& request, const Admin::Respond& respond) {
    const auto query = protocol::parse_query(request.raw_query());
    auto given = [&](std::string_view name) { return protocol::query_value(query, name).value_or(""); };
    std::string text = protocol::query_value(query, "timeout").value_or("60");
    bool digits = !text.empty() && text.size() <= 4 && text.find_first_not_of("0123456789") == std::string::npos;
    int timeout_s = digits ? std::stoi(text) : -1;
    if (timeout_s < 0 || timeout_s > kTimeoutMaxS)
      return respond(json_reply(400, {{"message", "drain needs ?timeout=<seconds from 0 to 3600>"}}));
    auto drain = std::make_shared<Drain>(shared, Scope{given("account"), given("table"), given("function")}, respond);
    request.client.when_gone([drain] { drain->time_is_over(); });
    drain->begin_round();
    deadlines->add(std::chrono::steady_clock::now() + std::chrono::seconds(timeout_s),
                   [drain] { drain->time_is_over(); });
  });
}

}  // namespace millrace::server
