#pragma once
// A request body on its way from the socket's thread to the handler's: bounded, so that a fast client waits for the
// disk, and woken, never polled.

#include <condition_variable>
#include <functional>
#include <string>

#include "emulator/base/mutex.h"
#include "emulator/protocol/http.h"
#include "emulator/server/request_parser.h"

namespace millrace::server {

class StreamedBody final : public protocol::BodyReader, public BodySink {
 public:
  static constexpr size_t kBufferedMax = 1u << 20;  // at the bound the socket isn't read

  /// `resume` is called (on the reader's thread) when there is room again after the bound was reached.
  explicit StreamedBody(std::function<void()> resume) : resume_(std::move(resume)) {}

  State read(std::string& out, size_t max) override {
    MutexLock lock(mutex_);
    while (!(at_ < buffered_.size() || ended_ || cut_off_)) lock.wait(arrived_);
    if (cut_off_) return State::cut_off;
    size_t n = std::min(max, buffered_.size() - at_);
    out.append(buffered_, at_, n);
    at_ += n;
    if (at_ == buffered_.size()) {
      buffered_.clear();
      at_ = 0;
    }
    bool end = ended_ && buffered_.empty();
    if (paused_ && buffered_.size() - at_ < kBufferedMax / 2) {
      paused_ = false;
      lock.unlock();
      resume_();
    }
    return end ? State::end : State::more;
  }

  void append(std::string_view bytes) override {
    MutexLock lock(mutex_);
    buffered_.append(bytes);
    arrived_.notify_one();
  }
  /// True if the socket should not be read until resume was called.
  bool must_pause() {
    MutexLock lock(mutex_);
    if (buffered_.size() - at_ < kBufferedMax) return false;
    paused_ = true;
    return true;
  }
  void end() {
    MutexLock lock(mutex_);
    ended_ = true;
    arrived_.notify_one();
  }
  void cut_off() {
    MutexLock lock(mutex_);
    if (!ended_) cut_off_ = true;
    arrived_.notify_one();
  }

 private:
  std::function<void()> resume_;
  Mutex mutex_;
  std::condition_variable arrived_;
  std::string buffered_ GUARDED_BY(mutex_);
  size_t at_ GUARDED_BY(mutex_) = 0;
  bool ended_ GUARDED_BY(mutex_) = false;
  bool cut_off_ GUARDED_BY(mutex_) = false;
  bool paused_ GUARDED_BY(mutex_) = false;
};

}  // namespace millrace::server
