#include "emulator/services/logs/live_tail.h"

#include <algorithm>
#include <deque>

#include "emulator/base/mutex.h"
#include "emulator/protocol/event_stream.h"

namespace millrace::logs {

namespace {

constexpr Millis kUpdateEvery = 1000;          // an update comes at least once a second, empty if nothing arrived
constexpr Millis kSessionMax = 3 * 3'600'000;  // then SessionTimeoutException
constexpr size_t kEventsPerUpdateMax = 500;    // beyond it events are dropped and the update says `sampled`

}  // namespace

bool TailSelection::wants(const std::string& group_arn, const std::string& stream) const {
  if (std::find(group_arns.begin(), group_arns.end(), group_arn) == group_arns.end()) return false;
  if (!streams.empty()) return std::find(streams.begin(), streams.end(), stream) != streams.end();
  if (stream_prefixes.empty()) return true;
  return std::any_of(stream_prefixes.begin(), stream_prefixes.end(),
                     [&](const std::string& prefix) { return stream.starts_with(prefix); });
}

/// Its bytes are the answer's body. Events wait here while the connection is busy with the piece before.
class LiveTails::Session final : public protocol::BodySource, public std::enable_shared_from_this<Session> {
 public:
  Session(TailSelection selection, std::string opening, Clock& clock, Timers& timers)
      : selection(std::move(selection)),
        clock_(clock),
        timers_(timers),
        ready_(std::move(opening)),
        ends_ms_(clock.now_ms() + kSessionMax) {}
  ~Session() override { timers_.cancel(timer_); }

  std::optional<uint64_t> length() const override { return std::nullopt; }
  bool blocks() const override { return false; }

  void next(std::function<void(Piece)> deliver) override {
    {
      MutexLock lock(mutex_);
      deliver_ = std::move(deliver);
    }
    flush(false);
  }

  void add(const std::string& group_arn, const std::string& stream, const std::vector<NewEvent>& events,
           Millis ingested_ms) {
    {
      MutexLock lock(mutex_);
      for (const NewEvent& event : events) {
        if (!selection.pattern->matches(event.message)) continue;
        if (waiting_.size() == kEventsPerUpdateMax) {
          sampled_ = true;
          break;
        }
        waiting_.push_back({{"logStreamName", stream},
                            {"logGroupIdentifier", identifier(group_arn)},
                            {"message", event.message},
                            {"timestamp", event.timestamp_ms},
                            {"ingestionTime", ingested_ms}});
      }
    }
    flush(false);
  }

  void schedule() {
    timer_ = timers_.at(clock_.now_ms() + kUpdateEvery, [weak = weak_from_this()] {
      if (auto self = weak.lock()) {
        self->schedule();
        self->flush(true);
      }
    });
  }

  void end() {
    {
      MutexLock lock(mutex_);
      ended_ = true;
    }
    flush(false);
  }

  const TailSelection selection;

 private:
  /// "account:name", as AWS identifies groups in updates.
  static std::string identifier(const std::string& group_arn) {
    size_t account = 0;
    for (int i = 0; i < 4; ++i) account = group_arn.find(':', account) + 1;
    size_t end = group_arn.find(':', account);
    constexpr std::string_view kHead = ":log-group:";
    return group_arn.substr(account, end - account) + ":" + group_arn.substr(end + kHead.size());
  }

  /// Hands over what is ready, if the connection wants it. `beat`: an empty update too.
  void flush(bool beat) {
    std::function<void(Piece)> deliver;
    Piece piece;
    {
      MutexLock lock(mutex_);
      if (!deliver_) return;
      piece.bytes = std::move(ready_);
      ready_.clear();
      if (!waiting_.empty() || beat) {
        Json results(std::move(waiting_));
        waiting_ = Json::array();
        piece.bytes += protocol::event_stream_message(
            "event", "sessionUpdate",
            to_text(Json{{"sessionMetadata", {{"sampled", sampled_}}}, {"sessionResults", std::move(results)}}));
        sampled_ = false;
      }
      if (clock_.now_ms() >= ends_ms_) {
        piece.bytes += protocol::event_stream_message("exception", "SessionTimeoutException",
                                                      R"({"message":"Your LiveTail session has timed out."})");
        ended_ = true;
      }
      piece.last = ended_;
      if (piece.bytes.empty() && !piece.last) return;
      deliver = std::move(deliver_);
      deliver_ = nullptr;
    }
    deliver(std::move(piece));
  }

  Clock& clock_;
  Timers& timers_;
  Mutex mutex_;
  std::function<void(Piece)> deliver_ GUARDED_BY(mutex_);
  std::string ready_ GUARDED_BY(mutex_);
  Json waiting_ GUARDED_BY(mutex_) = Json::array();
  bool sampled_ GUARDED_BY(mutex_) = false;
  bool ended_ GUARDED_BY(mutex_) = false;
  const Millis ends_ms_;
  std::atomic<TimerId> timer_ = 0;
};

std::shared_ptr<protocol::BodySource> LiveTails::open(TailSelection selection, std::string opening,
                                                      const protocol::Client& client) {
  auto session = std::make_shared<Session>(std::move(selection), std::move(opening), clock_, timers_);
  {
    MutexLock lock(mutex_);
    std::erase_if(sessions_, [](const auto& weak) { return weak.expired(); });
    if (sessions_.size() >= kSessionsMax) return nullptr;
    sessions_.push_back(session);
    opened_ = sessions_.size();
  }
  session->schedule();
  client.when_gone([weak = std::weak_ptr(session)] {
    if (auto self = weak.lock()) self->end();
  });
  return session;
}

std::vector<std::shared_ptr<LiveTails::Session>> LiveTails::sessions() {
  std::vector<std::shared_ptr<Session>> out;
  MutexLock lock(mutex_);
  std::erase_if(sessions_, [](const auto& weak) { return weak.expired(); });
  opened_ = sessions_.size();
  for (const auto& weak : sessions_) {
    if (auto session = weak.lock()) out.push_back(std::move(session));
  }
  return out;
}

bool LiveTails::watched(const std::string& group_arn) {
  if (opened_ == 0) return false;
  for (const auto& session : sessions()) {
    const auto& arns = session->selection.group_arns;
    if (std::find(arns.begin(), arns.end(), group_arn) != arns.end()) return true;
  }
  return false;
}

void LiveTails::show(const std::string& group_arn, const std::string& stream, const std::vector<NewEvent>& events,
                     Millis ingested_ms) {
  for (const auto& session : sessions()) {
    if (session->selection.wants(group_arn, stream)) session->add(group_arn, stream, events, ingested_ms);
  }
}

void LiveTails::end_all() {
  for (const auto& session : sessions()) session->end();
}

}  // namespace millrace::logs
