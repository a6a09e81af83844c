#include "runtime/pool/execution_environment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "emulator/base/json.h"
#include "emulator/base/lineage.h"
#include "emulator/base/log.h"
#include "emulator/base/trace.h"
#include "emulator/ports/payload_limits.h"
#include "runtime/pool/names.h"
#include "runtime/pool/secrets_questions.h"

namespace millrace::pool {

namespace {

constexpr auto kInitLimit = std::chrono::seconds(10);
constexpr auto kDebuggedInitLimit = std::chrono::seconds(24 * 3600);

std::string application_level(const ports::FunctionVersion& function) {
  if (function.log_format != "JSON") return {};
  return function.application_log_level.empty() ? "INFO" : function.application_log_level;
}

}  // namespace

ExecutionEnvironment::ExecutionEnvironment(EnvironmentContext& context,
                                           std::shared_ptr<const ports::FunctionVersion> function,
                                           ports::Credentials credentials, std::string provision_key,
                                           std::function<void(std::shared_ptr<ExecutionEnvironment>)> finished)
    : context_(context),
      function_(std::move(function)),
      credentials_(std::move(credentials)),
      provision_key_(std::move(provision_key)),
      finished_(std::move(finished)),
      tmp_folder_(context.tmp_root + "/" + context.random.hex(16)),
      log_(context.io, context.clock, context.log_sink,
           {function_->account, function_->region, function_->log_group,
            log_stream_name(*function_, context.clock.now_ms(), context.random), function_->role_arn,
            function_->function_arn},
           application_level(*function_)),
      timer_(context.io) {
  std::error_code error;
  std::filesystem::create_directories(tmp_folder_, error);
  chmod(tmp_folder_.c_str(), 01777);
  if (function_->secrets_extension && context_.secrets) secrets_port_ = context_.secrets->add(*function_, credentials_);
}

ExecutionEnvironment::~ExecutionEnvironment() = default;

void ExecutionEnvironment::run(Task task) {
  enter(Phase::invoking);
  task_ = std::move(task);
  attempt_ = Attempt();
  if (process_ != nullptr && process_->ready) {
    deliver();
    return;
  }
  if (!start_) {
    log_.add(init_start_line(*function_, context_.clock.now_ms(), initialization_type()));
    log_.begin_tail();
    start_process(Start::init);
  } else {
    log_.begin_tail();
    start_process(Start::invoke);
  }
}

void ExecutionEnvironment::prepare(std::function<void(bool)> prepared) {
  enter(Phase::preparing);
  prepared_ = std::move(prepared);
  log_.add(init_start_line(*function_, context_.clock.now_ms(), initialization_type()));
  start_process(Start::init);
}

void ExecutionEnvironment::enter(Phase next) {
  if (phase_ != Phase::ended) phase_ = next;
}

void ExecutionEnvironment::prepared(bool worked) {
  enter(Phase::idle);
  std::exchange(prepared_, nullptr)(worked);
}

void ExecutionEnvironment::start_process(Start start) {
  start_ = start;
  max_memory_mb_ = 0;
  Program program = program_for(*function_, context_.settings);
  int pipe_ends[2];
  if (!program.obstacle.empty() || pipe2(pipe_ends, O_CLOEXEC) != 0) {
    std::string why = program.obstacle.empty() ? std::strerror(errno) : program.obstacle;
    std::string type = program.obstacle.empty() ? "Runtime.StartFailed" : program.obstacle_type;
    start_clock();
    // Not from within run(): the caller isn't called back before it has returned.
    boost::asio::post(context_.io, [self = shared_from_this(), why, type] {
      if (self->task_) self->fail(self->platform_failure(type, why));
      if (self->prepared_) self->prepared(false);
    });
    return;
  }
  process_ = std::make_unique<EnvironmentProcess>(++last_serial_);
  Json about = {
      {"functionName", function_->name}, {"functionVersion", function_->version}, {"handler", function_->handler}};
  extensions_ = std::make_shared<Extensions>(std::move(about), context_.random, extension_listeners(process_->serial));
  process_->api = std::make_unique<RuntimeApi>(context_.io, runtime_api_events(process_->serial), extensions_);
  process_->pipe = std::make_unique<LogPipe>(context_.io, pipe_ends[0], log_);
  process_->log_fd = pipe_ends[1];
  start_extensions();
  if (process_->expected_extensions.empty()) start_runtime();
  if (start == Start::init)
    arm_timer(real_now() + (context_.settings.debug ? kDebuggedInitLimit : kInitLimit));
  else
    start_clock();
}

ProcessOrder ExecutionEnvironment::order_for(const EnvironmentProcess& process) const {
  ProcessOrder order;
  order.environment = environment_variables(*function_, context_.settings, credentials_, log_.target().stream,
                                            process.api->address(), initialization_type());
  if (secrets_port_ && secrets_port_ != wanted_port(function_->environment)) {  // somebody else has that one
    const std::string variable = std::string(kSecretsPortVariable) + "=";
    std::erase_if(order.environment, [&](const std::string& one) { return one.starts_with(variable); });
    order.environment.push_back(variable + std::to_string(secrets_port_));
  }
  order.task_folder = function_->code_folder;
  order.layer_folders = function_->layer_folders;
  order.tmp_folder = tmp_folder_;
  order.tmp_mb = function_->ephemeral_storage_mb;
  order.memory_mb = function_->memory_mb;
  return order;
}

void ExecutionEnvironment::start_runtime() {
  Program program = program_for(*function_, context_.settings);
  ProcessOrder order = order_for(*process_);
  order.python = program.python;
  order.arguments = program.arguments;
  process_->id = context_.parent.spawn(order, process_->log_fd, process_events(process_->serial));
  close(std::exchange(process_->log_fd, -1));
}

void ExecutionEnvironment::arm_timer(RealTime at) {
  timer_.expires_at(at);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code cancelled) {
    auto self = weak.lock();
    bool at_work = self != nullptr && self->phase_ != Phase::idle && self->phase_ != Phase::ended;
    if (!cancelled && at_work && self->timer_.expiry() <= real_now()) self->timed_out();
  });
}

bool ExecutionEnvironment::is_current(uint64_t serial) const {
  return process_ != nullptr && process_->serial == serial;
}

RuntimeApiEvents ExecutionEnvironment::runtime_api_events(uint64_t serial) {
  // What belongs to another request than the one under way comes too late and is dropped.
  auto expects = [weak = weak_from_this(), serial](const std::string& request_id) {
    auto self = weak.lock();
    bool expected = self != nullptr && self->is_current(serial) && self->task_ && self->attempt_.start_logged &&
                    self->task_->invocation.request_id == request_id;
    return expected ? self : nullptr;
  };
  RuntimeApiEvents events;
  events.is_own = [weak = weak_from_this(), serial](uint64_t socket) -> std::optional<bool> {
    auto self = weak.lock();
    if (self == nullptr || !self->is_current(serial)) return false;
    return self->process_->owns(socket);
  };
  events.next = [weak = weak_from_this(), serial] {
    auto self = weak.lock();
    if (self == nullptr || !self->is_current(serial)) return;
    self->process_->waits = true;
    self->progress();
  };
  events.response = [expects](const std::string& request_id, std::string body) {
    auto self = expects(request_id);
    if (self == nullptr) return;
    if (self->exceeded_memory()) return self->killed_for_memory();
    if (!self->attempt_.streamed.empty()) body = std::move(self->attempt_.streamed);
    self->complete({.payload = std::move(body)}, "success", "");
  };
  events.piece = [expects](const std::string& request_id, const std::string& content_type, std::string piece,
                           std::function<void()> more) {
    auto self = expects(request_id);
    if (self == nullptr) return more();
    self->take_piece(content_type, std::move(piece), std::move(more));
  };
  events.response_too_large = [expects](const std::string& request_id) {
    if (auto self = expects(request_id)) self->response_too_large();
  };
  events.error = [expects](const std::string& request_id, const std::string& type, std::string body) {
    auto self = expects(request_id);
    if (self == nullptr) return;
    // The report names the error only where the runtime failed, not the handler.
    bool is_runtime_error = type.starts_with("Runtime.");
    self->complete({ports::InvocationStatus::function_error, std::move(body)}, is_runtime_error ? "error" : "success",
                   is_runtime_error ? type : "");
  };
  events.init_error = [weak = weak_from_this(), serial](const std::string& type, std::string body) {
    auto self = weak.lock();
    if (self == nullptr || !self->is_current(serial) || self->process_->ready) return;
    self->init_failed({"error", type, std::move(body), ""});
  };
  return events;
}

ProcessEvents ExecutionEnvironment::process_events(uint64_t serial) {
  ProcessEvents events;
  events.started = [weak = weak_from_this(), serial](int host_pid, int64_t preloaded_kb) {
    auto self = weak.lock();
    if (self == nullptr || !self->is_current(serial) || host_pid <= 0) return;
    self->process_->preloaded_kb = preloaded_kb;
    self->process_->runtime_started(host_pid);
    self->process_->api->peers_known();
  };
  events.ended = [weak = weak_from_this(), serial](const ProcessExit& exit) {
    auto self = weak.lock();
    if (self == nullptr) return;
    if (!self->is_current(serial)) return self->departed(serial, "");
    // Its last words may still lie in its connection: a response counts, whatever the process did next.
    self->process_->api->when_drained([weak, serial, exit] {
      auto self = weak.lock();
      if (self != nullptr && self->is_current(serial)) self->process_ended(exit);
    });
  };
  events.failed = [weak = weak_from_this(), serial](const std::string& why) {
    auto self = weak.lock();
    if (self == nullptr || !self->is_current(serial) || !(self->task_ || self->prepared_)) return;
    log::error("An execution environment of " + self->function_->name + " could not be started: " + why);
    if (!self->task_) return self->init_failed({"error", "Runtime.StartFailed", "", ""});
    if (!self->attempt_.deadline) self->start_clock();
    self->fail(self->platform_failure("Runtime.StartFailed", why));
  };
  return events;
}

void ExecutionEnvironment::process_ready() {
  process_->ready = true;
  process_->pipe->drain(true);
  if (start_ == Start::init) init_ms_ = ms_since(process_->began);
  for (const Extensions::Registered& extension : extensions_->registered())
    log_.add(extension_line(*function_, context_.clock.now_ms(), extension));
  log_initialisation("success", "");
  if (task_) return deliver();
  if (!prepared_) return;
  timer_.cancel();
  note_memory();
  log_.flush();
  idle_since_ = real_now();
  if (!context_.settings.debug) process_->freeze();  // a debugger is attached when it wants
  prepared(true);
}

std::string ExecutionEnvironment::initialization_type() const {
  return provision_key_.empty() ? "on-demand" : "provisioned-concurrency";
}

void ExecutionEnvironment::log_initialisation(const std::string& status, const std::string& error_type) {
  InitReport report{initialization_type(), start_ == Start::init ? "init" : "invoke", ms_since(process_->began), status,
                    error_type};
  log_.add(init_done_line(*function_, context_.clock.now_ms(), report));
  log_.add(init_report_line(*function_, context_.clock.now_ms(), report));
}

void ExecutionEnvironment::deliver() {
  if (secrets_port_) context_.secrets->ready(credentials_.session_token);
  process_->thaw();
  process_->waits = false;
  process_->pipe->drain(true);  // what was printed between invocations, or by a cold start, comes before START
  if (!attempt_.deadline) {
    log_.begin_tail();
    start_clock();
  }
  log_.add(start_line(*function_, context_.clock.now_ms(), task_->invocation.request_id));
  attempt_.start_logged = true;
  // An initialisation inside the invocation has used some of its time already.
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*attempt_.deadline - real_now()).count();
  const ports::Invocation& invocation = task_->invocation;
  Millis deadline_ms = handlers_now_ms() + left;
  const std::string header = gone_through(invocation.trace_header, function_->function_arn,
                                          trace_id(context_.clock.now_ms(), context_.random));
  note_begin(header);
  if (!extensions_->empty())
    extensions_->tell({{"eventType", "INVOKE"},
                       {"deadlineMs", deadline_ms},
                       {"requestId", invocation.request_id},
                       {"invokedFunctionArn", invocation.invoked_function_arn},
                       {"tracing", {{"type", "X-Amzn-Trace-Id"}, {"value", header}}}});
  process_->api->deliver({invocation.request_id, invocation.payload, deadline_ms, invocation.invoked_function_arn,
                          header, invocation.client_context, function_->tenant_id});
}

void ExecutionEnvironment::note_begin(const std::string& trace_header) {
  if (!trace::on()) return;
  const std::string version = function_->version == "$LATEST" ? "" : ":" + function_->version;
  attempt_.noted =
      trace::note({.kind = "attempt",
                   .key = trace::invocation_key(trace_header, function_->name),
                   .causes = {task_->invocation.request_id},
                   .subject = function_->function_arn,
                   .text = function_->name + version + " runs, request id " + task_->invocation.request_id});
}

void ExecutionEnvironment::note_end(const ports::InvocationResult& result, const InvocationReport& report) {
  if (!trace::on()) return;
  const bool failed = result.status == ports::InvocationStatus::function_error;
  const std::string version = function_->version == "$LATEST" ? "" : ":" + function_->version;
  trace::note({.kind = "attempt",
               .causes = {report.request_id},
               .subject = function_->function_arn,
               .text = function_->name + version + (failed ? " failed" : " returned") + ", request id " +
                       report.request_id + (report.init_ms ? ", after a cold start" : ""),
               .reason = result.payload,
               .lines = log_.lines(),
               .failed = failed,
               .took_us = static_cast<int64_t>(report.duration_ms * 1000),
               .finishes = std::exchange(attempt_.noted, 0)});
}

void ExecutionEnvironment::start_clock() {
  attempt_.began = real_now();
  attempt_.deadline = attempt_.began + std::chrono::seconds(function_->timeout_s);
  arm_timer(*attempt_.deadline);
}

ExecutionEnvironment::Failure ExecutionEnvironment::platform_failure(const std::string& type,
                                                                     const std::string& why) const {
  std::string text = "RequestId: " + task_->invocation.request_id + " Error: " + why;
  return {"error", type, to_text(Json{{"errorType", type}, {"errorMessage", text}}), text};
}

void ExecutionEnvironment::timed_out() {
  if (phase_ == Phase::finishing) {  // the invocation was answered in time, but an extension didn't end its work
    drop_process("timeout");
    return became_idle();
  }
  if (!attempt_.deadline) {
    init_failed({"timeout", "", "", ""});
    return;
  }
  Failure failure =
      platform_failure("Sandbox.Timedout", "Task timed out after " + two_decimals(function_->timeout_s) + " seconds");
  fail({"timeout", "", std::move(failure.document), ""});
}

void ExecutionEnvironment::process_ended(const ProcessExit& exit) {
  // What rusage says of a program includes the parent that it was forked from.
  if (function_->runtime.starts_with("python")) note_memory(exit.max_rss_kb);
  // Nobody else kills by SIGKILL: it ran into its memory limit.
  if (exit.signal == SIGKILL) max_memory_mb_ = function_->memory_mb;
  if (prepared_) return init_failed({"error", "Runtime.ExitError", "", ""});
  if (!task_) {
    drop_process("failure");  // it ended between invocations; the next one starts another
    if (phase_ == Phase::finishing) became_idle();
    return;
  }
  Failure failure = platform_failure("Runtime.ExitError", exit_reason(exit));
  if (process_->ready)
    fail(std::move(failure));
  else
    init_failed(std::move(failure));
}

void ExecutionEnvironment::init_failed(Failure failure) {
  const std::optional<Start> failed_start = start_;
  process_->pipe->drain(true);
  log_initialisation(failure.status, failure.error_type);
  drop_process(failure.status == "timeout" ? "timeout" : "failure");
  if (prepared_) {
    log_.flush();
    return prepared(false);
  }
  if (!task_) return;
  if (failed_start == Start::init) {
    log_.begin_tail();
    start_process(Start::invoke);
  } else {
    fail(std::move(failure));
  }
}

void ExecutionEnvironment::fail(Failure failure) {
  drop_process(failure.status == "timeout" ? "timeout" : "failure");
  Millis now = context_.clock.now_ms();
  const std::string& request_id = task_->invocation.request_id;
  // unverified: where START stands when the initialisation inside the invocation fails
  if (!attempt_.start_logged) log_.add(start_line(*function_, now, request_id));
  if (failure.status == "timeout")
    log_.add(timeout_line(*function_, now, request_id));
  else if (!failure.reason.empty())
    log_.add(exit_line(*function_, now, failure.reason, failure.error_type));
  complete({ports::InvocationStatus::function_error, std::move(failure.document)}, failure.status, failure.error_type);
}

void ExecutionEnvironment::complete(ports::InvocationResult result, const std::string& status,
                                    const std::string& error_type) {
  timer_.cancel();
  note_memory();
  if (process_ != nullptr) process_->pipe->drain(true);
  InvocationReport report;
  report.request_id = task_->invocation.request_id;
  report.duration_ms = status == "timeout" ? function_->timeout_s * 1000.0 : ms_since(attempt_.began);
  report.init_ms = std::exchange(init_ms_, std::nullopt);
  report.memory_mb = function_->memory_mb;
  report.max_memory_mb = std::min(max_memory_mb_, function_->memory_mb);
  report.status = status;
  report.error_type = error_type;
  log_.add(runtime_done_line(*function_, context_.clock.now_ms(), report, result.payload.size()));
  log_.add(end_line(*function_, report.request_id));
  log_.add(report_line(*function_, context_.clock.now_ms(), report));
  note_end(result, report);
  log_.flush();
  result.duration_ms = static_cast<Millis>(report.duration_ms);
  if (task_->invocation.want_log_tail) result.log_tail = log_.tail();
  std::function<void(ports::InvocationResult)> done = std::move(task_->done);
  task_.reset();
  if (process_ != nullptr && !extensions_->empty()) {
    enter(Phase::finishing);
    arm_timer(*attempt_.deadline);
    done(std::move(result));
    return progress();
  }
  became_idle();
  done(std::move(result));
}

void ExecutionEnvironment::became_idle() {
  enter(Phase::idle);
  timer_.cancel();
  idle_since_ = real_now();
  finished_(shared_from_this());
}

void ExecutionEnvironment::response_too_large() {
  complete({ports::InvocationStatus::function_error, ports::response_too_large()}, "error", ports::kResponseTooLarge);
}

void ExecutionEnvironment::take_piece(const std::string& content_type, std::string piece, std::function<void()> more) {
  if (const auto& stream = task_->invocation.stream) {
    if (!std::exchange(attempt_.stream_began, true)) stream->begin(content_type);
    return stream->piece(std::move(piece), std::move(more));
  }
  attempt_.streamed += piece;
  if (attempt_.streamed.size() > ports::kResponsePayloadMax) response_too_large();
  more();
}

void ExecutionEnvironment::end() {
  enter(Phase::ended);
  if (secrets_port_) context_.secrets->remove(credentials_.session_token);
  drop_process("spindown");
  log_.flush();
  if (departures_.empty()) remove_tmp();
  if (!task_) return;
  std::function<void(ports::InvocationResult)> done = std::move(task_->done);
  task_.reset();
  done({.status = ports::InvocationStatus::throttled, .throttle_reason = "ServiceStopping"});
}

void ExecutionEnvironment::remove_tmp() {
  context_.parent.forget(tmp_folder_);
  std::error_code error;
  std::filesystem::remove_all(tmp_folder_, error);
}

// The process's high-water mark, as the kernel keeps it.
void ExecutionEnvironment::note_memory() {
  if (process_ == nullptr) return;
  if (auto kilobytes = process_->max_rss_kb()) note_memory(*kilobytes);
}

void ExecutionEnvironment::note_memory(int64_t max_rss_kb) {
  int64_t own_kb = std::max<int64_t>(0, max_rss_kb - process_->preloaded_kb);
  max_memory_mb_ = std::max(max_memory_mb_, static_cast<int>((own_kb + 1023) / 1024));
}

// Python is held to MemorySize by the kernel (python_handler/memory_limit.cc). Programs of other kinds map
// far more than they use, so theirs is measured: what needed more than it has would not have come to its
// answer on AWS. A response that is streamed has been seen already and stands.
bool ExecutionEnvironment::exceeded_memory() {
  if (function_->runtime.starts_with("python") || attempt_.stream_began) return false;
  note_memory();
  return max_memory_mb_ > function_->memory_mb;
}

void ExecutionEnvironment::killed_for_memory() {
  fail(platform_failure("Runtime.ExitError", exit_reason({.code = -1, .signal = SIGKILL})));
}

}  // namespace millrace::pool
