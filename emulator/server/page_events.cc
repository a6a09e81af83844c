#include "emulator/server/page_events.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <thread>
#include <vector>

#include "emulator/base/guard.h"
#include "emulator/base/mutex.h"
#include "emulator/base/trace.h"

namespace millrace::server {

namespace {

constexpr size_t kStreamsMax = 32;
constexpr auto kTogether = std::chrono::milliseconds(400);
// Shows that the client is still there; and where no steps are kept, nobody tells that something happened.
constexpr auto kHeartbeat = std::chrono::seconds(15);
constexpr auto kBlindTick = std::chrono::seconds(1);

/// One page's stream: holds at most one event that it hasn't taken.
class Stream final : public protocol::BodySource {
 public:
  std::optional<uint64_t> length() const override { return std::nullopt; }
  bool blocks() const override { return false; }
  void next(std::function<void(Piece)> deliver) override {
    Piece piece;
    {
      MutexLock lock(mutex_);
      if (waiting_.empty() && !over_) {
        deliver_ = std::move(deliver);
        return;
      }
      piece = {std::exchange(waiting_, ""), over_};
    }
    deliver(std::move(piece));
  }
  void push(const std::string& text, bool last) {
    std::function<void(Piece)> deliver;
    {
      MutexLock lock(mutex_);
      over_ |= last;
      if (!deliver_) {
        waiting_ = text;
        return;
      }
      deliver = std::exchange(deliver_, nullptr);
    }
    deliver({text, last});
  }

 private:
  Mutex mutex_;
  std::function<void(Piece)> deliver_ GUARDED_BY(mutex_);
  std::string waiting_ GUARDED_BY(mutex_);
  bool over_ GUARDED_BY(mutex_) = false;
};

}  // namespace

struct PageEvents::State {
  explicit State(const EmulatorClock& of) : clock(of) {}

  const EmulatorClock& clock;
  std::atomic<bool> happened = false;
  Mutex mutex;
  std::condition_variable changed;
  std::vector<std::weak_ptr<Stream>> streams GUARDED_BY(mutex);
  bool over GUARDED_BY(mutex) = false;
  std::thread thread;  // begun with the first stream

  std::string event() const {
    return "data: " + to_text(Json{{"now", clock.now_ms()}, {"frozen", clock.frozen()}}) + "\n\n";
  }

  /// nullptr: there are as many as may be.
  std::shared_ptr<Stream> open() {
    MutexLock lock(mutex);
    std::erase_if(streams, [](const auto& one) { return one.expired(); });
    if (over || streams.size() >= kStreamsMax) return nullptr;
    auto fresh = std::make_shared<Stream>();
    fresh->push(event(), false);
    streams.push_back(fresh);
    if (!thread.joinable()) thread = std::thread([this] { run(); });
    return fresh;
  }

  void run() {
    MutexLock lock(mutex);
    while (!over) {
      if (!happened.load()) lock.wait_for(changed, trace::on() ? std::chrono::milliseconds(kHeartbeat) : kBlindTick);
      if (!over && happened.load()) lock.wait_for(changed, kTogether);
      const bool news = happened.exchange(false) || !trace::on();
      const bool last = over;
      std::vector<std::weak_ptr<Stream>> to = streams;
      lock.unlock();
      const std::string text = last ? "" : news ? event() : ": still here\n\n";
      for (const auto& weak : to) {
        if (auto stream = weak.lock()) guarded("a page's event", [&] { stream->push(text, last); });
      }
      lock.lock();
    }
  }
};

PageEvents::PageEvents(const EmulatorClock& clock) : state_(std::make_shared<State>(clock)) {
  trace::when_noted([state = state_] {
    if (!state->happened.exchange(true)) state->changed.notify_one();
  });
}

PageEvents::~PageEvents() {
  stop();
}

void PageEvents::wake() {
  if (!state_->happened.exchange(true)) state_->changed.notify_one();
}

void PageEvents::stop() {
  trace::when_noted(nullptr);
  std::vector<std::weak_ptr<Stream>> ending;
  {
    MutexLock lock(state_->mutex);
    state_->over = true;
    ending = std::move(state_->streams);
    state_->streams.clear();
  }
  state_->changed.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
  for (const auto& weak : ending) {
    if (auto stream = weak.lock()) guarded("a page's last event", [&] { stream->push("", true); });
  }
}

void PageEvents::add_route(Admin& admin) {
  admin.add("GET events", [state = state_](const protocol::HttpRequest&, const Admin::Respond& respond) {
    auto stream = state->open();
    if (!stream) return respond(json_reply(503, {{"message", "Too many pages are open."}}));
    protocol::HttpReply reply;
    reply.headers.set("Content-Type", "text/event-stream");
    reply.headers.set("Cache-Control", "no-store");
    reply.stream = std::move(stream);
    respond(std::move(reply));
  });
}

}  // namespace millrace::server
