#include "emulator/base/trace.h"

#include <algorithm>
#include <deque>

#include "emulator/base/mutex.h"

namespace millrace::trace {

std::atomic<bool> detail::shown = false;
thread_local Cause detail::current;

namespace {

constexpr size_t kRequestsMax = 10'000;
constexpr size_t kReadsMax = 2'000;
constexpr size_t kWritesMax = 20'000;
constexpr size_t kStepsMax = 20'000;
constexpr size_t kStepBytesMax = 16u << 20;
constexpr size_t kTextMax = 64u << 10;

using KeptRequest = std::shared_ptr<const Kept<Request>>;
using KeptStep = std::shared_ptr<const Kept<Step>>;

struct Journal {
  Mutex mutex;
  const Clock* clock GUARDED_BY(mutex) = nullptr;
  std::function<void()> told GUARDED_BY(mutex);
  uint64_t last_number GUARDED_BY(mutex) = 0;
  std::deque<KeptRequest> requests GUARDED_BY(mutex), reads GUARDED_BY(mutex);
  std::deque<KeptStep> steps GUARDED_BY(mutex);
  size_t step_bytes GUARDED_BY(mutex) = 0;
  std::vector<Write> writes GUARDED_BY(mutex);  // a ring, full from then on when it has kWritesMax
  size_t oldest_write GUARDED_BY(mutex) = 0;
};

Journal& journal() {
  static Journal instance;
  return instance;
}

void cut(std::string& text) {
  if (text.size() > kTextMax) text = text.substr(0, kTextMax) + " ... (longer)";
}

size_t bytes_of(const Step& step) {
  size_t bytes = sizeof(Kept<Step>) + step.kind.size() + step.key.size() + step.subject.size() + step.text.size() +
                 step.reason.size();
  for (const std::string& cause : step.causes) bytes += sizeof cause + cause.size();
  for (const std::string& line : step.lines) bytes += sizeof line + line.size();
  return bytes;
}

/// It worked and changed nothing: the first to be forgotten.
bool only_reads(const Request& request) {
  if (request.status >= 400) return false;
  for (std::string_view verb :
       {"Get", "List", "Describe", "Query", "Scan", "BatchGet", "Head", "Receive", "Filter", "Simulate", "Test"}) {
    if (request.operation.starts_with(verb)) return true;
  }
  return false;
}

}  // namespace

void start(const Clock& clock) {
  MutexLock lock(journal().mutex);
  journal().clock = &clock;
  detail::shown = true;
}

void stop() {
  detail::shown = false;
  Journal& kept = journal();
  MutexLock lock(kept.mutex);
  kept.clock = nullptr;
  kept.requests.clear();
  kept.reads.clear();
  kept.steps.clear();
  kept.writes.clear();
  kept.step_bytes = kept.oldest_write = 0;
}

void when_noted(std::function<void()> told) {
  MutexLock lock(journal().mutex);
  journal().told = std::move(told);
}

uint64_t note(Step step) {
  if (!on()) return 0;
  if (step.causes.empty()) {
    if (std::string key = current_key(); !key.empty() && key != step.key) step.causes.push_back(std::move(key));
  }
  for (std::string* text : {&step.text, &step.reason}) cut(*text);
  auto fresh = std::make_shared<Kept<Step>>();
  static_cast<Step&>(*fresh) = std::move(step);
  Journal& kept = journal();
  MutexLock lock(kept.mutex);
  if (!kept.clock) return 0;
  fresh->number = ++kept.last_number;
  fresh->at_ms = kept.clock->now_ms();
  if (kept.told) kept.told();
  kept.step_bytes += bytes_of(*fresh);
  kept.steps.push_back(fresh);
  while (kept.steps.size() > kStepsMax || (kept.step_bytes > kStepBytesMax && kept.steps.size() > 1)) {
    kept.step_bytes -= bytes_of(*kept.steps.front());
    kept.steps.pop_front();
  }
  return fresh->number;
}

void note(Request request) {
  if (!on()) return;
  const bool reads = only_reads(request);
  if (reads && request.by_page) return;
  auto fresh = std::make_shared<Kept<Request>>();
  static_cast<Request&>(*fresh) = std::move(request);
  KeptRequest forgotten;  // goes after the lock
  Journal& kept = journal();
  MutexLock lock(kept.mutex);
  if (!kept.clock) return;
  fresh->number = ++kept.last_number;
  fresh->at_ms = kept.clock->now_ms();
  if (kept.told && !reads) kept.told();
  auto& list = reads ? kept.reads : kept.requests;
  list.push_back(std::move(fresh));
  if (list.size() <= (reads ? kReadsMax : kRequestsMax)) return;
  forgotten = std::move(list.front());
  list.pop_front();
}

void note_write(Cause stream_arn, uint64_t sequence) {
  if (!on() || !current_cause()) return;
  Write fresh{current_cause(), std::move(stream_arn), sequence};
  Journal& kept = journal();
  MutexLock lock(kept.mutex);
  if (kept.writes.size() < kWritesMax) return kept.writes.push_back(std::move(fresh));
  std::swap(kept.writes[kept.oldest_write], fresh);
  kept.oldest_write = (kept.oldest_write + 1) % kWritesMax;
}

Everything everything() {
  Everything out;
  Journal& kept = journal();
  MutexLock lock(kept.mutex);
  out.requests.resize(kept.requests.size() + kept.reads.size());
  std::merge(kept.requests.begin(), kept.requests.end(), kept.reads.begin(), kept.reads.end(), out.requests.begin(),
             [](const KeptRequest& a, const KeptRequest& b) { return a->number < b->number; });
  out.steps.assign(kept.steps.begin(), kept.steps.end());
  out.writes = kept.writes;
  std::rotate(out.writes.begin(), out.writes.begin() + static_cast<ptrdiff_t>(kept.oldest_write), out.writes.end());
  return out;
}

std::string invocation_key(std::string_view trace_header, std::string_view function) {
  return std::string(trace_header) + "|" + std::string(function);
}

}  // namespace millrace::trace
