#pragma once
// Mutexes whose rules clang checks (-Wthread-safety): a member marked GUARDED_BY(mutex_) is only touched under
// MutexLock(mutex_). Other compilers take the marks for comments.

#include <condition_variable>
#include <mutex>
#include <shared_mutex>

#if defined(__clang__)
#define MILLRACE_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define MILLRACE_THREAD_ANNOTATION(x)
#endif

#define CAPABILITY(x) MILLRACE_THREAD_ANNOTATION(capability(x))
#define SCOPED_CAPABILITY MILLRACE_THREAD_ANNOTATION(scoped_lockable)
#define GUARDED_BY(x) MILLRACE_THREAD_ANNOTATION(guarded_by(x))
#define REQUIRES(...) MILLRACE_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) MILLRACE_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define ACQUIRE_SHARED(...) MILLRACE_THREAD_ANNOTATION(acquire_shared_capability(__VA_ARGS__))
#define RELEASE_GENERIC(...) MILLRACE_THREAD_ANNOTATION(release_generic_capability(__VA_ARGS__))
#define ACQUIRE(...) MILLRACE_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define RELEASE(...) MILLRACE_THREAD_ANNOTATION(release_capability(__VA_ARGS__))

namespace millrace {

class CAPABILITY("mutex") Mutex {
 public:
  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

/// Holds the mutex while it lives; may be let go of and taken again in between, and waited with.
class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() RELEASE() {}
  void unlock() RELEASE() { lock_.unlock(); }
  void lock() ACQUIRE() { lock_.lock(); }
  /// Returns, holding the mutex again, after a notification or for no reason: call it in a loop that looks.
  void wait(std::condition_variable& changed) { changed.wait(lock_); }
  /// The same for that long at most; false when it is over.
  template <class Duration>
  bool wait_for(std::condition_variable& changed, Duration duration) {
    return changed.wait_for(lock_, duration) == std::cv_status::no_timeout;
  }
  template <class Time>
  bool wait_until(std::condition_variable& changed, Time time) {
    return changed.wait_until(lock_, time) == std::cv_status::no_timeout;
  }

 private:
  std::unique_lock<std::mutex> lock_;
};

/// Many read under it, or one writes.
class CAPABILITY("mutex") SharedMutex {
 private:
  friend class ReaderLock;
  friend class WriterLock;
  std::shared_mutex mutex_;
};

class SCOPED_CAPABILITY ReaderLock {
 public:
  explicit ReaderLock(SharedMutex& mutex) ACQUIRE_SHARED(mutex) : lock_(mutex.mutex_) {}
  ~ReaderLock() RELEASE_GENERIC() {}

 private:
  std::shared_lock<std::shared_mutex> lock_;
};

class SCOPED_CAPABILITY WriterLock {
 public:
  explicit WriterLock(SharedMutex& mutex) ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  ~WriterLock() RELEASE() {}

 private:
  std::unique_lock<std::shared_mutex> lock_;
};

}  // namespace millrace
