#include "emulator/base/trace.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <unordered_map>
#include <utility>

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

using KeptStep = std::shared_ptr<const Kept<Step>>;

constexpr size_t kTexts = 12;
using TextPointers = std::array<std::string_view AnsweredRequest::*, kTexts>;
constexpr TextPointers kViews = {&AnsweredRequest::id,        &AnsweredRequest::service, &AnsweredRequest::operation,
                                 &AnsweredRequest::resource,  &AnsweredRequest::account, &AnsweredRequest::region,
                                 &AnsweredRequest::principal, &AnsweredRequest::agent,   &AnsweredRequest::needed,
                                 &AnsweredRequest::cause,     &AnsweredRequest::code,    &AnsweredRequest::message};
constexpr std::array<std::string Request::*, kTexts> kStrings = {
    &Request::id,      &Request::service, &Request::operation, &Request::resource,
    &Request::account, &Request::region,  &Request::principal, &Request::agent,
    &Request::needed,  &Request::cause,   &Request::code,      &Request::message};

/// A request's place in a ring. Without constructors: a ring's memory is the system's until it is written to.
struct RequestPlace {
  static constexpr size_t kBytes = 480;
  uint64_t number;
  Millis came_ms;
  int64_t took_us;
  int status;
  bool is_long;  // the texts lie in Journal::long_texts
  std::array<uint16_t, kTexts> ends;
  std::array<char, kBytes> text;
};

/// A change's place. What caused it is copied: a request's id would keep the whole request.
struct WritePlace {
  std::array<char, 64> cause;
  uint8_t cause_bytes = 0;
  Cause long_cause;  // one that doesn't fit
  Cause stream_arn;
  uint64_t sequence = 0;
};

/// The newest so many requests.
struct RequestRing {
  explicit RequestRing(size_t places) : max(places) {}
  const size_t max;
  std::unique_ptr<RequestPlace[]> places = nullptr;  // made with the first request
  uint64_t count = 0;                                // so many were written

  RequestPlace& next() {
    if (!places) places.reset(new RequestPlace[max]);
    return places[count++ % max];
  }
};
using LongTexts = std::unordered_map<uint64_t, std::string>;  // by the request's number

struct Journal {
  Mutex mutex;
  const Clock* clock GUARDED_BY(mutex) = nullptr;
  std::function<void()> told GUARDED_BY(mutex);
  uint64_t last_number GUARDED_BY(mutex) = 0;
  RequestRing requests GUARDED_BY(mutex){kRequestsMax}, reads GUARDED_BY(mutex){kReadsMax};
  LongTexts long_texts GUARDED_BY(mutex);
  std::deque<KeptStep> steps GUARDED_BY(mutex);
  size_t step_bytes GUARDED_BY(mutex) = 0;
  std::vector<WritePlace> writes GUARDED_BY(mutex);  // a ring, full when it has kWritesMax
  size_t write_count GUARDED_BY(mutex) = 0;
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

/// Writes the texts one behind the other. False: there is no room.
bool write_texts(RequestPlace& place, const AnsweredRequest& request) {
  size_t at = 0;
  for (size_t i = 0; i < kTexts; ++i) {
    const std::string_view text = request.*kViews[i];
    if (text.size() > RequestPlace::kBytes - at) return false;
    if (!text.empty()) std::memcpy(place.text.data() + at, text.data(), text.size());
    at += text.size();
    place.ends[i] = static_cast<uint16_t>(at);
  }
  return true;
}

/// The same on the heap; texts are cut where they would make the whole longer than an end can say.
std::string joined_texts(RequestPlace& place, const AnsweredRequest& request) {
  std::string out;
  for (size_t i = 0; i < kTexts; ++i) {
    out += (request.*kViews[i]).substr(0, UINT16_MAX - std::min<size_t>(out.size(), UINT16_MAX));
    place.ends[i] = static_cast<uint16_t>(out.size());
  }
  return out;
}

std::shared_ptr<const Kept<Request>> told(const RequestPlace& place, const LongTexts& long_texts) {
  const char* text = place.is_long ? long_texts.at(place.number).data() : place.text.data();
  auto out = std::make_shared<Kept<Request>>();
  size_t begin = 0;
  for (size_t i = 0; i < kTexts; ++i) {
    (*out).*kStrings[i] = std::string(text + begin, place.ends[i] - begin);
    begin = place.ends[i];
  }
  out->number = place.number;
  out->at_ms = out->came_ms = place.came_ms;
  out->took_us = place.took_us;
  out->status = place.status;
  return out;
}

/// Adds a ring's requests, oldest first.
void tell(const RequestRing& ring, const LongTexts& long_texts, std::vector<std::shared_ptr<const Kept<Request>>>& to) {
  for (uint64_t i = ring.count > ring.max ? ring.count - ring.max : 0; i < ring.count; ++i)
    to.push_back(told(ring.places[i % ring.max], long_texts));
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
  for (RequestRing* ring : {&kept.requests, &kept.reads}) {
    ring->places.reset();
    ring->count = 0;
  }
  kept.long_texts.clear();
  kept.steps.clear();
  kept.writes.clear();
  kept.step_bytes = kept.write_count = 0;
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

bool only_reads(std::string_view operation) {
  if (operation.empty()) return false;
  auto begins = [&](std::string_view verb) { return operation.starts_with(verb); };
  switch (operation.front()) {
    case 'G': return begins("Get");
    case 'L': return begins("List");
    case 'D': return begins("Describe");
    case 'Q': return begins("Query");
    case 'S': return begins("Scan") || begins("Simulate");
    case 'B': return begins("BatchGet");
    case 'H': return begins("Head");
    case 'R': return begins("Receive");
    case 'F': return begins("Filter");
    case 'T': return begins("Test");
    default: return false;
  }
}

void note(const AnsweredRequest& request) {
  if (!on()) return;
  const bool reads = request.status < 400 && only_reads(request.operation);
  Journal& kept = journal();
  MutexLock lock(kept.mutex);
  if (!kept.clock) return;
  RequestRing& ring = reads ? kept.reads : kept.requests;
  const bool full = ring.count >= ring.max;
  RequestPlace& place = ring.next();
  if (full && place.is_long) kept.long_texts.erase(place.number);
  place.number = ++kept.last_number;
  place.came_ms = request.came_ms;
  place.took_us = request.took_us;
  place.status = request.status;
  place.is_long = !write_texts(place, request);
  if (place.is_long) kept.long_texts[place.number] = joined_texts(place, request);
  if (kept.told && !reads) kept.told();
}

void note_write(const Cause& stream_arn, uint64_t sequence) {
  const Cause& cause = current_cause();
  if (!on() || !cause) return;
  Cause forgotten_stream, forgotten_cause;  // go after the lock
  Journal& kept = journal();
  MutexLock lock(kept.mutex);
  if (kept.writes.size() < kWritesMax) kept.writes.emplace_back();
  WritePlace& place = kept.writes[kept.write_count++ % kWritesMax];
  forgotten_stream = std::exchange(place.stream_arn, stream_arn);
  forgotten_cause = std::move(place.long_cause);
  place.sequence = sequence;
  place.cause_bytes = 0;
  if (cause->size() > place.cause.size()) {
    place.long_cause = cause;
    return;
  }
  std::memcpy(place.cause.data(), cause->data(), cause->size());
  place.cause_bytes = static_cast<uint8_t>(cause->size());
}

Everything everything() {
  Everything out;
  Journal& kept = journal();
  MutexLock lock(kept.mutex);
  for (const RequestRing* ring : {&kept.requests, &kept.reads}) tell(*ring, kept.long_texts, out.requests);
  out.steps.assign(kept.steps.begin(), kept.steps.end());
  out.writes.reserve(kept.writes.size());
  for (size_t i = 0; i < kept.writes.size(); ++i) {
    const WritePlace& place = kept.writes[(kept.write_count + i) % kept.writes.size()];
    out.writes.push_back({place.long_cause ? *place.long_cause : std::string(place.cause.data(), place.cause_bytes),
                          place.stream_arn, place.sequence});
  }
  lock.unlock();
  std::sort(out.requests.begin(), out.requests.end(),
            [](const auto& a, const auto& b) { return a->number < b->number; });
  return out;
}

std::string invocation_key(std::string_view trace_header, std::string_view function) {
  return std::string(trace_header) + "|" + std::string(function);
}

}  // namespace millrace::trace
