#pragma once
// What happened, step by step, for `millrace trace`: requests, and what followed from them. Whoever does something on its own
// account (sends a message, calls a function, tries again, gives up) notes a step with the key by which others may come from
// it and the keys of what it came from; emulator/trace makes trees of that. See emulator/services/README.md, "Telling what
// happened".
//
// In memory only. Bounds: the newest 10,000 requests (of those that only read and worked the newest 2,000), 6 MiB; 20,000 changes
// in streams, 2 MiB; and 20,000 steps with at most 16 MiB of text; a text has at most 64 KiB. Off (`--no-trace`) nothing is kept.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"

namespace millrace::trace {

/// The key of what is being done on this thread: a request's id, a message's. Null: nobody's.
using Cause = std::shared_ptr<const std::string>;

namespace detail {
extern std::atomic<bool> shown;
extern thread_local Cause current;
}  // namespace detail

/// Is anything kept? Cheap: callers ask before they put words together.
inline bool on() {
  return detail::shown.load(std::memory_order_relaxed);
}
/// What is done on this thread comes from it. A change of the store runs with the cause that its caller had.
inline const Cause& current_cause() {
  return detail::current;
}
/// Its key; empty: nobody's.
inline std::string current_key() {
  return detail::current ? *detail::current : std::string();
}

/// What is done on this thread until its end comes from `cause`.
class Scope {
 public:
  explicit Scope(Cause cause) : before_(std::move(detail::current)) { detail::current = std::move(cause); }
  /// From what has this key; an empty one changes nothing.
  explicit Scope(const std::string& key)
      : Scope(key.empty() ? detail::current : std::make_shared<const std::string>(key)) {}
  ~Scope() { detail::current = std::move(before_); }
  Scope(const Scope&) = delete;

 private:
  Cause before_;
};

/// Something that happened.
struct Step {
  std::string kind = {};  // one word: "message", "event", "batch", "attempt", "retry", "verdict", "given up", ...
  std::string key = {};   // under which others come from it: a message's id, an invocation's; empty: nothing does
  std::vector<std::string> causes = {};  // the keys of what it came from; none: current_cause()'s
  std::string subject = {};              // the ARN of what it was done to: a queue, a function, a rule
  std::string text = {};                 // in words, without its time: "to queue orders-dlq"
  std::string reason = {};               // why; an error whole
  std::vector<std::string> lines = {};   // what a handler printed
  bool failed = false;
  int64_t took_us = -1;   // -1: it has no length
  uint64_t finishes = 0;  // the number that note() gave for this step's beginning; 0: it is whole
};

/// A request that was answered: with views where it is noted, with strings where it is told.
template <class Text>
struct RequestOf {
  Text id, service, operation, resource, account, region;
  Text principal, agent;  // whose key; what its client says of itself
  Text needed;            // what its caller had to be allowed: "dynamodb:PutItem on arn:..."; empty: nobody asked
  Text cause;             // the key of the invocation that sent it; empty: none
  Text code, message;     // of the error
  Millis came_ms = 0;     // by the emulator's clock
  int64_t took_us = 0;
  int status = 0;
};
/// The client of requests that our own page sent.
inline constexpr std::string_view kPageAgent = "the page";
using Request = RequestOf<std::string>;
using AnsweredRequest = RequestOf<std::string_view>;

/// A request's change in a stream.
struct Write {
  std::string cause;
  Cause stream_arn;
  uint64_t sequence = 0;
};

/// Something kept, with its time by the emulator's clock and its number, which grows.
template <class What>
struct Kept : What {
  uint64_t number = 0;
  Millis at_ms = 0;
};

/// Begins to keep. `clock` outlives stop().
void start(const Clock& clock);
void stop();

/// `told` is called whenever something is noted, on whichever thread notes it: it may only set flags and wake. Null: nobody.
void when_noted(std::function<void()> told);

/// Returns the step's number; 0 where nothing is kept.
uint64_t note(Step step);
/// Copies bytes into a ring of fixed places: nothing is allocated but for what is longer than such a place. It stands on every
/// request's way.
void note(const AnsweredRequest& request);
/// Does an operation of this name change nothing? Such requests are the first to be forgotten where they worked.
bool only_reads(std::string_view operation);
/// The change that runs made a record of this number in the stream. `stream_arn` isn't copied.
void note_write(const Cause& stream_arn, uint64_t sequence);

/// All that is kept, each oldest first.
struct Everything {
  std::vector<std::shared_ptr<const Kept<Request>>> requests;
  std::vector<std::shared_ptr<const Kept<Step>>> steps;
  std::vector<Write> writes;
};
Everything everything();

/// Under which key the requests come that a function's invocation sends: its clients send the trace's header on, and sign as a
/// session that has the function's name.
std::string invocation_key(std::string_view trace_header, std::string_view function);

}  // namespace millrace::trace
