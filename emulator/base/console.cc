#include "emulator/base/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <condition_variable>
#include <ctime>
#include <map>
#include <thread>
#include <tuple>
#include <variant>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/mutex.h"

namespace millrace::console {

std::atomic<bool> detail::shown = false;

namespace {

constexpr size_t kWaitingMax = 10'000;
constexpr size_t kLinesAtOnce = 40;
constexpr auto kRest = std::chrono::milliseconds(500);  // after a flood, so that the next lines stand for more
constexpr size_t kMessageMax = 300;
constexpr size_t kOutcomeColumn = 36;

using Entry = std::variant<Request, HandlerLine>;

std::string clock_text(std::chrono::system_clock::time_point at) {
  std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count() % 1000;
  return fmt::format("{:02}:{:02}:{:02}.{:03}", parts.tm_hour, parts.tm_min, parts.tm_sec, ms);
}

int64_t epoch_ms(std::chrono::system_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

std::string painted(const Options& options, const char* colour, const std::string& text) {
  return options.colour ? std::string("\x1b[") + colour + "m" + text + "\x1b[0m" : text;
}

/// What came from outside reaches a terminal without control characters: they could rewrite what stands there. Those of
/// U+0080 to U+009F are such, too: U+009B begins what ESC [ does.
std::string tame(std::string_view text) {
  std::string out;
  unsigned char previous = 0;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool second_half = previous == 0xc2 && byte >= 0x80 && byte < 0xa0;
    if (second_half) out.pop_back();
    if (c == '\t' || (byte >= 0x20 && byte != 0x7f && !second_half))
      out += c;
    else
      out += fmt::format("\\x{:02x}", byte);
    previous = byte;
  }
  return out;
}

std::string shortened(const std::string& text) {
  if (text.size() <= kMessageMax) return text;
  size_t end = kMessageMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

/// Lambda's own lines name the request, which stands before them, and part their facts by tabs.
std::string readable(const HandlerLine& line) {
  std::string out = line.text;
  const std::string request = "RequestId: " + line.request_id + "\t";
  if (out.starts_with("REPORT ") && !line.request_id.empty())
    if (size_t at = out.find(request); at != std::string::npos) out.erase(at, request.size());
  while (!out.empty() && (out.back() == '\t' || out.back() == ' ')) out.pop_back();
  if (!out.starts_with("REPORT ") && !out.starts_with("INIT_REPORT ")) return out;
  for (size_t tab = out.find('\t'); tab != std::string::npos; tab = out.find('\t', tab)) out.replace(tab, 1, "  ");
  return out;
}

class Writer {
 public:
  explicit Writer(Options options) : options_(std::move(options)), thread_([this] { run(); }) {}
  ~Writer() {
    {
      MutexLock lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  void add(Entry entry) {
    bool wake = false;
    {
      MutexLock lock(mutex_);
      if (waiting_.size() >= kWaitingMax) {
        ++lost_;
        return;
      }
      waiting_.push_back(std::move(entry));
      wake = asleep_;
      asleep_ = false;
    }
    if (wake) changed_.notify_one();
  }

 private:
  void run() {
    MutexLock lock(mutex_);
    while (true) {
      asleep_ = true;
      while (!over_ && waiting_.empty()) lock.wait(changed_);
      asleep_ = false;
      std::vector<Entry> batch = std::move(waiting_);
      waiting_.clear();
      size_t lost = std::exchange(lost_, 0);
      bool last = over_;
      lock.unlock();
      write_all(text_of(batch, lost));
      lock.lock();
      if (last && waiting_.empty()) return;
      if (batch.size() > kLinesAtOnce) lock.wait_for(changed_, kRest);
    }
  }

  std::string text_of(const std::vector<Entry>& batch, size_t lost) const {
    std::string out;
    bool many = batch.size() > kLinesAtOnce;
    using Kind = std::tuple<std::string, std::string, std::string, std::string, std::string, int, std::string>;
    std::map<Kind, std::pair<Request, size_t>> kinds;
    for (const Entry& entry : batch) {
      if (auto* line = std::get_if<HandlerLine>(&entry)) {
        out += line_of(*line, options_);
        continue;
      }
      const Request& one = std::get<Request>(entry);
      if (!many) {
        out += line_of(one, options_);
        continue;
      }
      Kind kind{one.service, one.operation, one.resource, one.account, one.region, one.status, one.code};
      auto [place, fresh] = kinds.try_emplace(std::move(kind), one, 1);
      if (fresh) continue;
      place->second.second += 1;
      place->second.first.took_us = std::max(place->second.first.took_us, one.took_us);
    }
    for (const auto& [kind, of] : kinds) out += line_of(of.first, options_, of.second);
    if (lost) out += fmt::format("({} lines more were too many to show)\n", lost);
    return out;
  }

  static void write_all(std::string_view text) {
    while (!text.empty()) {
      ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
      if (written <= 0) return;  // nobody can be told
      text.remove_prefix(static_cast<size_t>(written));
    }
  }

  const Options options_;
  Mutex mutex_;
  std::condition_variable changed_;
  std::vector<Entry> waiting_ GUARDED_BY(mutex_);
  size_t lost_ GUARDED_BY(mutex_) = 0;
  bool asleep_ GUARDED_BY(mutex_) = false;
  bool over_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

std::unique_ptr<Writer>& writer() {
  static std::unique_ptr<Writer> instance;
  return instance;
}

}  // namespace

void start(Options options) {
  writer() = std::make_unique<Writer>(std::move(options));
  detail::shown = true;
}

void stop() {
  detail::shown = false;
  writer().reset();
}

std::chrono::steady_clock::time_point now() {
  return std::chrono::steady_clock::now();
}

void request(Request request) {
  request.at = std::chrono::system_clock::now();
  writer()->add(std::move(request));
}

void handler_line(HandlerLine line) {
  line.at = std::chrono::system_clock::now();
  writer()->add(std::move(line));
}

std::string line_of(const Request& request, const Options& options, size_t times) {
  double ms = static_cast<double>(request.took_us) / 1000.0;
  if (options.json) {
    Json out = {{"time", iso_millis(epoch_ms(request.at))},
                {"kind", "request"},
                {"service", request.service},
                {"operation", request.operation},
                {"resource", request.resource},
                {"account", request.account},
                {"region", request.region},
                {"status", request.status},
                {"ms", ms},
                {"request_id", request.request_id}};
    if (!request.code.empty()) out["code"] = request.code, out["message"] = request.message;
    if (times > 1) out["times"] = times;
    return to_text(out) + "\n";
  }
  std::string where;
  if (request.account != options.account) where += " " + request.account;
  if (request.region != options.region) where += " " + request.region;
  std::string outcome = std::to_string(request.status) + (request.code.empty() ? "" : " " + request.code);
  const char* colour = request.status >= 500 ? "31" : request.status >= 400 ? "33" : "32";
  std::string what = request.service + " " + request.operation;
  if (!request.resource.empty()) what += " " + tame(shortened(request.resource));
  where = tame(where);
  // Outcomes stand below each other where names allow it.
  const size_t width = what.size() + where.size();
  const std::string pad(width < kOutcomeColumn ? kOutcomeColumn - width : 0, ' ');
  std::string line = painted(options, "2", clock_text(request.at)) + "  " + what + painted(options, "2", where) + pad +
                     "  " + painted(options, colour, tame(outcome));
  line += painted(options, "2", fmt::format("  {}{:.1f} ms", times > 1 ? "up to " : "", ms));
  if (times > 1) line += fmt::format("  x {}", times);
  if (!request.message.empty()) line += "  " + tame(shortened(request.message));
  return line + "\n";
}

std::string line_of(const HandlerLine& line, const Options& options) {
  if (options.json)
    return to_text(Json{{"time", iso_millis(epoch_ms(line.at))},
                        {"kind", "handler"},
                        {"function", line.function},
                        {"request_id", line.request_id},
                        {"message", line.text}}) +
           "\n";
  std::string who = line.function + (line.request_id.empty() ? "" : " " + line.request_id.substr(0, 8));
  return painted(options, "2", clock_text(line.at)) + "  " + painted(options, "36", tame(who) + " |") + " " +
         tame(readable(line)) + "\n";
}

}  // namespace millrace::console
