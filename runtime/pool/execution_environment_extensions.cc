// The part of an execution environment's life that extensions take: they start before the runtime, hear of
// invocations, and are told when the environment ends.

#include <boost/asio/post.hpp>

#include "emulator/base/log.h"
#include "runtime/pool/execution_environment.h"
#include "runtime/pool/names.h"

namespace millrace::pool {

namespace {

constexpr int kCantExecute = 126;  // as the worker's parent reports a failed exec

}  // namespace

void ExecutionEnvironment::start_extensions() {
  for (const std::string& name : extension_names(*function_)) {
    ProcessOrder order = order_for(*process_);
    order.python = false;
    order.arguments = {"/opt/extensions/" + name};
    process_->expected_extensions.push_back(name);
    process_->extension_ids.push_back(
        context_.parent.spawn(order, process_->log_fd, extension_events(process_->serial, name)));
  }
}

Extensions::Listeners ExecutionEnvironment::extension_listeners(uint64_t serial) {
  Extensions::Listeners listeners;
  // Posted, because an extension that registers hasn't got its answer yet.
  listeners.changed = [this, weak = weak_from_this(), serial] {
    boost::asio::post(context_.io, [weak, serial] {
      auto self = weak.lock();
      if (self != nullptr && self->is_current(serial)) self->progress();
    });
  };
  listeners.failed = [this, weak = weak_from_this(), serial](const std::string& name, const std::string& type) {
    boost::asio::post(context_.io, [weak, serial, name, type] {
      auto self = weak.lock();
      if (self != nullptr && self->is_current(serial))
        self->extension_failed(type.empty() ? "Extension.Error" : type, name);
    });
  };
  return listeners;
}

ProcessEvents ExecutionEnvironment::extension_events(uint64_t serial, const std::string& name) {
  ProcessEvents events;
  events.started = [weak = weak_from_this(), serial](int host_pid, int64_t) {
    auto self = weak.lock();
    if (self == nullptr || !self->is_current(serial) || host_pid <= 0) return;
    self->process_->extension_started(host_pid);
    self->process_->api->peers_known();
  };
  events.ended = [weak = weak_from_this(), serial, name](const ProcessExit& exit) {
    auto self = weak.lock();
    if (self == nullptr) return;
    if (!self->is_current(serial)) return self->departed(serial, name);
    std::erase(self->process_->expected_extensions, name);  // it needn't be told of the end
    std::string why =
        exit.signal != 0 ? "signal: " + std::to_string(exit.signal) : "exit status " + std::to_string(exit.code);
    self->extension_failed(exit.code == kCantExecute ? "Extension.LaunchError" : "Extension.Crash", why);
  };
  events.failed = [weak = weak_from_this(), serial, name](const std::string& why) {
    auto self = weak.lock();
    if (self == nullptr) return;
    if (!self->is_current(serial)) return self->departed(serial, name);
    std::erase(self->process_->expected_extensions, name);
    self->extension_failed("Extension.LaunchError", name + ": " + why);
  };
  return events;
}

// An extension that ends takes the whole environment with it, as on AWS.
void ExecutionEnvironment::extension_failed(const std::string& type, const std::string& why) {
  if (task_) {
    Failure failure = platform_failure(type, why);
    return process_->ready ? fail(std::move(failure)) : init_failed(std::move(failure));
  }
  if (prepared_) return init_failed({"error", type, "", ""});
  drop_process("failure");
  if (phase_ == Phase::finishing) became_idle();
}

// Goes on to whatever the runtime and the extensions together have become ready for.
void ExecutionEnvironment::progress() {
  if (process_ == nullptr) return;
  if (process_->id.empty()) {
    for (const std::string& name : process_->expected_extensions)
      if (!extensions_->has(name)) return;
    return start_runtime();
  }
  if (!process_->waits || !extensions_->all_waiting()) return;
  if (!process_->ready) return process_ready();
  if (task_) return;
  if (!context_.settings.debug) process_->freeze();
  if (phase_ == Phase::finishing) became_idle();
}

// Kills the runtime at once where no extension has registered.
void ExecutionEnvironment::drop_process(const char* reason) {
  if (process_ == nullptr) return;
  timer_.cancel();
  note_memory();
  process_->pipe->drain(true);
  std::unique_ptr<EnvironmentProcess> leaving = std::move(process_);
  std::shared_ptr<Extensions> extensions = std::move(extensions_);
  if (extensions->empty()) {
    if (!leaving->id.empty()) context_.parent.kill(leaving->id, true);
    for (const std::string& id : leaving->extension_ids) context_.parent.kill(id, true);
    return;
  }
  uint64_t serial = leaving->serial;
  auto departure = std::make_shared<Departure>(context_.io, context_.parent, std::move(leaving), std::move(extensions),
                                               [self = shared_from_this(), serial] { self->gone(serial); });
  departures_[serial] = departure;
  ++context_.departing;
  departure->begin(reason);
}

// An extension of a process that was dropped has ended; its runtime, if the name is empty.
void ExecutionEnvironment::departed(uint64_t serial, const std::string& extension) {
  auto found = departures_.find(serial);
  if (found == departures_.end()) return;
  std::shared_ptr<Departure> departure = found->second;
  departure->ended(extension);
}

void ExecutionEnvironment::gone(uint64_t serial) {
  departures_.erase(serial);
  log_.flush();
  if (phase_ == Phase::ended && departures_.empty()) remove_tmp();
  if (--context_.departing == 0 && context_.all_departed) context_.all_departed();
}

}  // namespace millrace::pool
