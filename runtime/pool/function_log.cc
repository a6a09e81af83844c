#include "runtime/pool/function_log.h"

#include <unistd.h>

#include <cerrno>

#include "emulator/base/console.h"
#include "emulator/base/trace.h"
#include "runtime/pool/log_levels.h"
#include "runtime/pool/real_time.h"

namespace millrace::pool {

namespace asio = boost::asio;

namespace {

// Events wait this long for company, at most; then whoever follows the log sees them.
constexpr auto kFlushDelay = std::chrono::milliseconds(50);
constexpr size_t kBatchBytesMax = 1'000'000;
constexpr size_t kBatchEventsMax = 1'000;
constexpr size_t kTailBytes = 4096;
// A process that writes faster than this waits in its write until the second is over.
constexpr size_t kBytesPerSecondMax = 16 * 1024 * 1024;
constexpr size_t kReadBytes = 64 * 1024;
constexpr std::string_view kStart = "START RequestId: ";
constexpr size_t kRequestIdSize = 36;
constexpr size_t kLinesBytesMax = 64 * 1024;  // of an invocation, for its trace

/// What frames an invocation, in text or as an object.
bool is_frame(std::string_view text) {
  for (std::string_view frame : {"START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "INIT_START "})
    if (text.starts_with(frame)) return true;
  return text.starts_with("{\"time\":") && text.find("\"type\":\"platform.") != std::string_view::npos;
}

/// A traceback is one event of several lines, between which runtimes put \n or \r.
std::vector<std::string> lines_in(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    size_t end = text.find_first_of("\r\n");
    if (end != 0) out.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace

FunctionLog::FunctionLog(asio::io_context& io, const Clock& clock, ports::LogSink& sink, ports::LogTarget target,
                         std::string application_level)
    : timer_(io),
      clock_(clock),
      sink_(sink),
      target_(std::move(target)),
      application_level_(std::move(application_level)) {}

void FunctionLog::add_output(const std::string& event) {
  if (is_wanted(event, application_level_)) add(event);
}

void FunctionLog::add(const std::optional<std::string>& event) {
  if (!event) return;
  tail_ += *event;
  if (tail_.size() > 4 * kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
  if (trace::on() && lines_bytes_ < kLinesBytesMax && !is_frame(*event)) {
    for (std::string& line : lines_in(*event)) {
      lines_bytes_ += line.size();
      lines_.push_back(std::move(line));
    }
  }
  waiting_bytes_ += event->size();
  waiting_.push_back({clock_.now_ms(), *event});
  if (waiting_bytes_ > kBatchBytesMax || waiting_.size() >= kBatchEventsMax) {
    flush();
  } else if (waiting_.size() == 1) {
    timer_.expires_after(kFlushDelay);
    timer_.async_wait([weak = std::weak_ptr(alive_)](boost::system::error_code cancelled) {
      auto log = weak.lock();
      if (!cancelled && log != nullptr) (*log)->flush();
    });
  }
}

void FunctionLog::flush() {
  if (waiting_.empty()) return;
  timer_.cancel();
  if (console::shown()) show();
  sink_.append(target_, std::move(waiting_));
  waiting_.clear();
  waiting_bytes_ = 0;
}

void FunctionLog::show() {
  const std::string& whole = target_.function_arn.empty() ? target_.group : target_.function_arn;
  const std::string function = whole.substr(whole.find_last_of(":/") + 1);
  for (const ports::LogLine& line : waiting_) {
    std::string_view text = line.message;
    if (text.starts_with(kStart)) shown_request_ = text.substr(kStart.size(), kRequestIdSize);
    // What frames an invocation tells no more than the line of its request; REPORT says how long it took.
    if (text.starts_with(kStart) || text.starts_with("END RequestId: ") || text.starts_with("INIT_START ")) continue;
    const bool report = text.starts_with("REPORT RequestId: ");
    for (const std::string& part : lines_in(report ? text.substr(0, text.find('\n')) : text))
      console::handler_line({{}, function, shown_request_, part});
    if (report) shown_request_.clear();
  }
}

void FunctionLog::begin_tail() {
  tail_.clear();
  lines_.clear();
  lines_bytes_ = 0;
}

std::string FunctionLog::tail() const {
  if (tail_.size() <= kTailBytes) return tail_;
  size_t begin = tail_.size() - kTailBytes;
  while (begin < tail_.size() && (static_cast<unsigned char>(tail_[begin]) & 0xc0) == 0x80) ++begin;
  return tail_.substr(begin);
}

struct LogPipe::State : std::enable_shared_from_this<LogPipe::State> {
  State(asio::io_context& io, int fd, FunctionLog& target)
      : descriptor(io.get_executor(), fd), pause(io), log(&target) {}

  void wait() {
    descriptor.async_wait(descriptor.wait_read, [self = shared_from_this()](boost::system::error_code error) {
      if (error || self->log == nullptr) return;
      if (self->read_once()) self->go_on();
    });
  }

  // Waits for more, after a pause if this second's share is used up.
  void go_on() {
    auto now = real_now();
    if (now - second_began > std::chrono::seconds(1)) {
      second_began = now;
      bytes_this_second = 0;
    }
    if (bytes_this_second < kBytesPerSecondMax) return wait();
    pause.expires_at(second_began + std::chrono::seconds(1));
    pause.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
      if (!cancelled) self->wait();
    });
  }

  // False at the end of the pipe.
  bool read_once() {
    char buffer[kReadBytes];
    ssize_t size = read(descriptor.native_handle(), buffer, sizeof buffer);
    if (size < 0) return errno == EINTR || errno == EAGAIN;
    bytes_this_second += static_cast<size_t>(size);
    for (std::string& event : assembler.feed({buffer, static_cast<size_t>(size)})) log->add_output(event);
    last_read = static_cast<size_t>(size);
    return size > 0;
  }

  asio::posix::basic_stream_descriptor<asio::io_context::executor_type> descriptor;
  asio::steady_timer pause;
  FunctionLog* log;
  LogAssembler assembler;
  RealTime second_began{};
  size_t bytes_this_second = 0;
  size_t last_read = 0;
};

LogPipe::LogPipe(asio::io_context& io, int fd, FunctionLog& log) : state_(std::make_shared<State>(io, fd, log)) {
  state_->descriptor.non_blocking(true);
  state_->wait();
}

LogPipe::~LogPipe() {
  state_->log = nullptr;
  boost::system::error_code ignored;
  state_->descriptor.close(ignored);
  state_->pause.cancel();
}

void LogPipe::drain(bool end_line) {
  // Two reads hold all that a pipe can; something that goes on writing (a background thread) isn't waited
  // for.
  for (int i = 0; i < 2; ++i) {
    state_->last_read = 0;
    if (!state_->read_once() || state_->last_read == 0) break;
  }
  if (!end_line) return;
  for (std::string& event : state_->assembler.finish()) state_->log->add_output(event);
}

}  // namespace millrace::pool
