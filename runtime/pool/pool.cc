#include "runtime/pool/pool.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <set>
#include <thread>
#include <unordered_map>

#include "emulator/base/guard.h"
#include "emulator/base/json.h"
#include "emulator/base/lineage.h"
#include "emulator/base/mutex.h"
#include "runtime/pool/execution_environment.h"
#include "runtime/pool/launch.h"
#include "runtime/pool/names.h"
#include "runtime/pool/peer.h"

namespace millrace::pool {

namespace asio = boost::asio;

namespace {

using EnvironmentPtr = std::shared_ptr<ExecutionEnvironment>;

// A role's session, renewed by starting a new environment before it ends.
constexpr int kCredentialsLifetimeS = 3600;
constexpr Millis kCredentialsMarginMs = 60'000;

int count_in(const std::unordered_map<std::string, int>& counts, const std::string& key) {
  auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

struct Pool::State {
  State(PoolOptions opts, Zygote zygote, const Clock& clock, Random& random, ports::LogSink& log_sink,
        ports::Authority& roles)
      : options(std::move(opts)),
        authority(roles),
        parent(io, std::move(zygote),
               [this] {
                 return start_zygote(options.worker_binary, options.scratch_folder, options.mounts, options.folders);
               }),
        context{io,
                clock,
                random,
                log_sink,
                parent,
                {options.endpoint_url, find_on_path("node"), options.worker_binary, options.folders, options.debug},
                prepare_scratch(options.scratch_folder)},
        secrets(io, clock, options.services),
        idle_timer(io),
        work(asio::make_work_guard(io)),
        thread([this] { run_io(); }) {
    context.secrets = &secrets;  // before anything is asked of the thread
  }

  void run_io();
  void invoke(ports::Invocation invocation, std::function<void(ports::InvocationResult)> done);
  struct Waiter {
    std::shared_ptr<const ports::FunctionVersion> function;
    std::function<void()> fn;
  };
  void when_free(Waiter waiter);
  bool would_run(const ports::FunctionVersion& function) const;
  void tell_waiters();
  std::string throttle_reason(const ports::FunctionVersion& function) const;
  EnvironmentPtr take_idle(const ports::FunctionVersion& function);
  Result<EnvironmentPtr> create(std::shared_ptr<const ports::FunctionVersion> function,
                                const std::string& provision_key = "");
  void provision(const std::string& key, std::shared_ptr<const ports::FunctionVersion> function, int wanted);
  void top_up(const std::string& key);
  void prepared(const std::string& key, const EnvironmentPtr& environment, bool ok);
  void show(const std::string& key);
  bool is_kept(const ExecutionEnvironment& environment) const;
  bool make_room();
  void finished(const EnvironmentPtr& environment);
  void discard(const EnvironmentPtr& environment);
  void retire_others(const ports::FunctionVersion& newest);
  bool usable(const ExecutionEnvironment& environment) const;
  void watch_idle();

  const PoolOptions options;
  ports::Authority& authority;
  asio::io_context io{1};
  ParentLink parent;
  EnvironmentContext context;
  SecretsExtension secrets;

  // Touched by the pool's thread alone.
  std::set<EnvironmentPtr> environments;
  std::unordered_map<std::string, std::vector<EnvironmentPtr>> idle;  // by idle_key(), last used last
  std::unordered_map<std::string, int> running_of_function;           // by function ARN, all versions
  std::unordered_map<std::string, int> running_of_version;            // by function ARN and version
  std::unordered_map<std::string, int> running_of_account;            // by account and region
  std::vector<Waiter> waiters;  // for capacity, in the order in which they came; one for each line that waits
  std::map<std::string, std::string> newest_key;  // of function ARN and version
  struct Provision {
    std::shared_ptr<const ports::FunctionVersion> function;
    int kept = 0;
    int failed = 0;
    std::set<EnvironmentPtr> environments;  // ready and being prepared
    int ready = 0;
  };
  std::map<std::string, Provision> provisions;
  size_t provisioned_count = 0;  // what they aim at, together
  asio::steady_timer idle_timer;
  bool stopping = false;

  mutable Mutex shown_mutex;
  std::map<std::string, ports::Provisioned> shown GUARDED_BY(shown_mutex);

  std::atomic<size_t> environment_count{0}, busy_count{0};
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::thread thread;
};

// What a callback throws is a bug of its owner's; it must not stop everybody's functions.
void Pool::State::run_io() {
  while (!guarded("a task of the execution environments", [this] { io.run(); })) {
  }
}

void Pool::State::invoke(ports::Invocation invocation, std::function<void(ports::InvocationResult)> done) {
  const ports::FunctionVersion& function = *invocation.function;
  if (!function.may_loop && times_through(invocation.trace_header, function.function_arn) >= ports::kLoopMax)
    return done({.status = ports::InvocationStatus::recursive});
  std::string reason = stopping ? "ServiceStopping" : throttle_reason(function);
  if (!reason.empty()) {
    done({.status = ports::InvocationStatus::throttled, .throttle_reason = reason});
    return;
  }
  if (invocation.payload.empty()) invocation.payload = "{}";
  retire_others(function);
  EnvironmentPtr environment = take_idle(function);
  if (environment == nullptr) {
    if (!make_room()) {
      done({.status = ports::InvocationStatus::throttled, .throttle_reason = "ConcurrentInvocationLimitExceeded"});
      return;
    }
    Result<EnvironmentPtr> created = create(invocation.function);
    if (created.has_error()) {
      Json document = {{"errorType", created.error().kind->code}, {"errorMessage", created.error().message}};
      ports::InvocationResult result{ports::InvocationStatus::function_error, to_text(document)};
      if (std::string_view(created.error().kind->code).starts_with("KMS")) result.refusal = created.error();
      done(std::move(result));
      return;
    }
    environment = created.value();
  }
  ++running_of_function[function.function_arn];
  ++running_of_version[version_key(function)];
  ++running_of_account[account_key(function)];
  ++busy_count;
  environment->run({std::move(invocation), std::move(done)});
}

std::string Pool::State::throttle_reason(const ports::FunctionVersion& function) const {
  if (function.reserved_concurrency >= 0) {
    // What is provisioned for other versions isn't this one's to use.
    if (count_in(running_of_function, function.function_arn) >= function.reserved_concurrency ||
        count_in(running_of_version, version_key(function)) >=
            function.reserved_concurrency - function.provisioned_elsewhere)
      return "ReservedFunctionConcurrentInvocationLimitExceeded";
  } else if (count_in(running_of_account, account_key(function)) >= options.account_concurrency) {
    return "ConcurrentInvocationLimitExceeded";
  }
  return {};
}

bool Pool::State::would_run(const ports::FunctionVersion& function) const {
  return throttle_reason(function).empty() && (environments.size() < options.environments_max || !idle.empty());
}

void Pool::State::when_free(Waiter waiter) {
  if (would_run(*waiter.function)) return waiter.fn();
  waiters.push_back(std::move(waiter));
}

// One that is told may take what is free, so the others are looked at again after it has had its turn.
void Pool::State::tell_waiters() {
  if (stopping) return;
  for (auto waiter = waiters.begin(); waiter != waiters.end();) {
    if (!would_run(*waiter->function)) {
      ++waiter;
      continue;
    }
    waiter->fn();
    waiter = waiters.erase(waiter);
  }
}

bool Pool::State::usable(const ExecutionEnvironment& environment) const {
  Millis expires = environment.credentials().expires_ms;
  Millis needed_until = context.clock.now_ms() + environment.function().timeout_s * 1000 + kCredentialsMarginMs;
  return expires == 0 || expires > needed_until;
}

/// Provisioned environments first, as on AWS: what has been started beside them on demand serves only beyond them.
EnvironmentPtr Pool::State::take_idle(const ports::FunctionVersion& function) {
  auto found = idle.find(idle_key(function));
  if (found == idle.end()) return nullptr;
  while (!found->second.empty()) {
    auto& list = found->second;
    auto kept = std::find_if(list.rbegin(), list.rend(), [this](const auto& one) { return is_kept(*one); });
    auto chosen = kept == list.rend() ? std::prev(list.end()) : std::prev(kept.base());
    EnvironmentPtr environment = std::move(*chosen);
    list.erase(chosen);
    if (found->second.empty()) idle.erase(found);
    if (usable(*environment)) return environment;
    discard(environment);
    found = idle.find(idle_key(function));
    if (found == idle.end()) break;
  }
  return nullptr;
}

Result<EnvironmentPtr> Pool::State::create(std::shared_ptr<const ports::FunctionVersion> function,
                                           const std::string& provision_key) {
  if (function->sealed_environment) {
    auto opened = std::make_shared<ports::FunctionVersion>(*function);
    TRY(opened->environment, function->sealed_environment());
    function = std::move(opened);
  }
  ports::Credentials credentials;
  if (!function->role_arn.empty()) {
    TRY(credentials, authority.assume_for_service(function->role_arn, session_name(function->name),
                                                  kCredentialsLifetimeS, function->function_arn));
  }
  auto environment =
      std::make_shared<ExecutionEnvironment>(context, std::move(function), std::move(credentials), provision_key,
                                             [this](const EnvironmentPtr& e) { finished(e); });
  environments.insert(environment);
  environment_count = environments.size();
  return environment;
}

// True if one more environment may be created.
bool Pool::State::make_room() {
  if (environments.size() < options.environments_max) return true;
  EnvironmentPtr oldest;
  for (const auto& [key, list] : idle)
    for (const EnvironmentPtr& environment : list)
      if (!is_kept(*environment) && (oldest == nullptr || environment->idle_since() < oldest->idle_since()))
        oldest = environment;
  if (oldest == nullptr) return false;
  std::erase(idle[idle_key(oldest->function())], oldest);
  discard(oldest);
  return true;
}

void Pool::State::finished(const EnvironmentPtr& environment) {
  const ports::FunctionVersion& function = environment->function();
  if (--running_of_function[function.function_arn] <= 0) running_of_function.erase(function.function_arn);
  if (--running_of_version[version_key(function)] <= 0) running_of_version.erase(version_key(function));
  if (--running_of_account[account_key(function)] <= 0) running_of_account.erase(account_key(function));
  --busy_count;
  if (stopping) return;
  if (!waiters.empty()) asio::post(io, [this] { tell_waiters(); });
  auto newest = newest_key.find(version_key(function));
  if (newest == newest_key.end() || newest->second != function.environment_key) {
    // Ended after its `done` has been called.
    asio::post(io, [this, environment] { discard(environment); });
    return;
  }
  idle[idle_key(function)].push_back(environment);
  if (idle_timer.expiry() <= real_now()) watch_idle();
}

void Pool::State::discard(const EnvironmentPtr& environment) {
  environments.erase(environment);
  environment_count = environments.size();
  environment->end();
  auto provision = provisions.find(environment->provision_key());
  if (provision == provisions.end() || provision->second.environments.erase(environment) == 0) return;
  --provision->second.ready;
  show(provision->first);
  asio::post(io, [this, key = provision->first] { top_up(key); });
}

void Pool::State::retire_others(const ports::FunctionVersion& newest) {
  std::string& key = newest_key[version_key(newest)];
  if (key == newest.environment_key) return;
  const std::string old = std::exchange(key, newest.environment_key);
  std::vector<EnvironmentPtr> ended;
  if (newest.per_tenant) {
    for (auto& [unused, list] : idle) {
      auto gone = std::stable_partition(list.begin(), list.end(), [&](const EnvironmentPtr& environment) {
        return environment->function().environment_key != old;
      });
      ended.insert(ended.end(), gone, list.end());
      list.erase(gone, list.end());
    }
    std::erase_if(idle, [](const auto& entry) { return entry.second.empty(); });
  } else if (auto found = idle.find(old); found != idle.end()) {
    ended = std::move(found->second);
    idle.erase(found);
  }
  for (const EnvironmentPtr& environment : ended) discard(environment);
}

// --- provisioned concurrency ---

bool Pool::State::is_kept(const ExecutionEnvironment& environment) const {
  return !environment.provision_key().empty() && provisions.contains(environment.provision_key());
}

void Pool::State::provision(const std::string& key, std::shared_ptr<const ports::FunctionVersion> function,
                            int wanted) {
  auto old = provisions.find(key);
  if (old != provisions.end()) {
    bool same = function != nullptr && old->second.function->environment_key == function->environment_key;
    if (same && old->second.kept == wanted && old->second.failed == 0) return show(key);
    provisioned_count -= static_cast<size_t>(old->second.kept);
    // Its environments go on as ordinary ones, and end when they are idle for long.
    provisions.erase(old);
    show(key);
  }
  if (function == nullptr || wanted <= 0) return;
  size_t room = options.provisioned_max - std::min(options.provisioned_max, provisioned_count);
  Provision& provision = provisions[key];
  provision.kept = static_cast<int>(std::min(room, static_cast<size_t>(wanted)));
  provisioned_count += static_cast<size_t>(provision.kept);
  provision.function = std::move(function);
  retire_others(*provision.function);
  show(key);
  top_up(key);
}

void Pool::State::top_up(const std::string& key) {
  auto found = provisions.find(key);
  if (found == provisions.end() || stopping) return;
  Provision& provision = found->second;
  while (static_cast<int>(provision.environments.size()) + provision.failed < provision.kept) {
    Result<EnvironmentPtr> created =
        make_room() ? create(provision.function, key) : Result<EnvironmentPtr>(EnvironmentPtr());
    if (created.has_error() || *created == nullptr) {
      ++provision.failed;
      continue;
    }
    provision.environments.insert(*created);
    (*created)->prepare([this, key, weak = std::weak_ptr(*created)](bool ok) {
      if (EnvironmentPtr environment = weak.lock()) prepared(key, environment, ok);
    });
  }
  show(key);
}

void Pool::State::prepared(const std::string& key, const EnvironmentPtr& environment, bool ok) {
  auto found = provisions.find(key);
  bool wanted = found != provisions.end() && found->second.environments.contains(environment);
  if (!ok || !wanted) {
    if (wanted) {
      found->second.environments.erase(environment);
      ++found->second.failed;
      show(key);
    }
    asio::post(io, [this, environment] { discard(environment); });
    return;
  }
  ++found->second.ready;
  idle[idle_key(environment->function())].push_back(environment);
  if (idle_timer.expiry() <= real_now()) watch_idle();
  show(key);
}

void Pool::State::show(const std::string& key) {
  auto found = provisions.find(key);
  MutexLock lock(shown_mutex);
  if (found == provisions.end())
    shown.erase(key);
  else
    shown[key] = {found->second.kept, found->second.ready, found->second.failed};
}

// Ends what has been idle for too long and sets the timer for the next.
void Pool::State::watch_idle() {
  auto now = real_now();
  auto limit = std::chrono::milliseconds(options.idle_limit_ms);
  auto next = now + limit;
  std::vector<EnvironmentPtr> expired;
  bool any_left = false;
  for (auto& [key, list] : idle) {
    std::erase_if(list, [&](const EnvironmentPtr& environment) {
      bool kept = is_kept(*environment) && usable(*environment);
      if (kept) {
        any_left = true;  // looked at again, for its credentials
        return false;
      }
      if (environment->idle_since() + limit > now) {
        next = std::min(next, environment->idle_since() + limit);
        any_left = true;
        return false;
      }
      expired.push_back(environment);
      return true;
    });
  }
  std::erase_if(idle, [](const auto& entry) { return entry.second.empty(); });
  for (const EnvironmentPtr& environment : expired) discard(environment);
  if (!any_left) return;
  idle_timer.expires_at(next);
  idle_timer.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) watch_idle();
  });
}

Pool::Pool(PoolOptions options, Zygote zygote, const Clock& clock, Random& random, ports::LogSink& log_sink,
           ports::Authority& authority)
    : state_(std::make_unique<State>(std::move(options), std::move(zygote), clock, random, log_sink, authority)) {}

Pool::~Pool() {
  asio::post(state_->io, [state = state_.get()] {
    state->stopping = true;
    state->idle_timer.cancel();
    state->idle.clear();
    state->provisions.clear();
    for (const EnvironmentPtr& environment : std::exchange(state->environments, {})) environment->end();
    state->work.reset();
    // Extensions have their two seconds.
    state->context.all_departed = [state] { state->io.stop(); };
    if (state->context.departing == 0) state->io.stop();
  });
  state_->thread.join();
  std::error_code error;
  std::filesystem::remove_all(state_->context.tmp_root, error);
}

void Pool::invoke(ports::Invocation invocation, std::function<void(ports::InvocationResult)> done) {
  if (state_->options.debug) invocation.function = for_debugging(*invocation.function);
  asio::post(state_->io, [state = state_.get(), invocation = std::move(invocation), done = std::move(done)]() mutable {
    state->invoke(std::move(invocation), std::move(done));
  });
}

void Pool::when_free(std::shared_ptr<const ports::FunctionVersion> function, std::function<void()> fn) {
  asio::post(state_->io, [state = state_.get(), function = std::move(function), fn = std::move(fn)]() mutable {
    state->when_free({std::move(function), std::move(fn)});
  });
}

void Pool::retire(const std::string& function_arn) {
  asio::post(state_->io, [state = state_.get(), function_arn] {
    std::erase_if(state->newest_key, [&](const auto& entry) { return entry.first.starts_with(function_arn + ":"); });
    std::vector<EnvironmentPtr> ended;
    for (auto& [key, list] : state->idle)
      std::erase_if(list, [&](const EnvironmentPtr& environment) {
        bool its = environment->function().function_arn == function_arn;
        if (its) ended.push_back(environment);
        return its;
      });
    for (auto provision = state->provisions.lower_bound(function_arn + ":");
         provision != state->provisions.end() && provision->first.starts_with(function_arn + ":");) {
      std::string key = (provision++)->first;
      state->provision(key, nullptr, 0);
    }
    for (const EnvironmentPtr& environment : ended) state->discard(environment);
  });
}

void Pool::provision(const std::string& key, std::shared_ptr<const ports::FunctionVersion> function, int wanted) {
  if (function != nullptr && wanted > 0) {
    // At once, so that whoever asks next doesn't see what was kept before as the whole of it.
    MutexLock lock(state_->shown_mutex);
    state_->shown[key] = {wanted, 0, 0};
  }
  asio::post(state_->io, [state = state_.get(), key, function = std::move(function), wanted]() mutable {
    if (!state->stopping) state->provision(key, std::move(function), wanted);
  });
}

ports::Provisioned Pool::provisioned(const std::string& key) const {
  MutexLock lock(state_->shown_mutex);
  auto found = state_->shown.find(key);
  return found == state_->shown.end() ? ports::Provisioned{} : found->second;
}

void Pool::expect_python() {
  asio::post(state_->io, [state = state_.get()] { state->parent.preload(); });
}

bool Pool::may_hold(const ports::ConnectionEnd& client, const ports::ConnectionEnd& ours) const {
  boost::system::error_code from_malformed, to_malformed;
  const auto from = asio::ip::make_address(client.address, from_malformed);
  const auto to = asio::ip::make_address(ours.address, to_malformed);
  if (from_malformed || to_malformed) return true;
  return may_be_a_handler_s({from, client.port}, {to, ours.port});
}

Pool::Counts Pool::counts() const {
  return {state_->environment_count, state_->busy_count};
}

}  // namespace millrace::pool
