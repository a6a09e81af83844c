#pragma once
// The Front that the sockets see: it passes requests on to the world of this moment, and while one world takes another's
// place it keeps them waiting, in the order of their coming.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <vector>

#include "emulator/base/mutex.h"
#include "emulator/server/http_server.h"

namespace millrace::server {

class Gate final : public Front {
 public:
  /// Requests go to `world` from now on, those that waited first. `number` is what it writes into its facts.
  void open(Front& world, uint64_t number);
  /// New requests wait; those under way go on, and heads are still looked at by the old world.
  void close();
  /// Waits for the end of all requests under way but `but_for`; false if that takes longer than `grace`.
  bool settle(std::chrono::milliseconds grace, int64_t but_for);
  /// Nothing reaches the old world any more. Returns when no thread is in it.
  void shut();

  BodyPlan plan(protocol::HttpRequest& head, const ConnectionEnds& ends) override;
  void when_open(std::function<void()> fn) override;
  protocol::HttpReply body_too_large(const protocol::HttpRequest& head, const HeadFacts* facts) override;
  void handle(protocol::HttpRequest request, std::shared_ptr<const HeadFacts> facts,
              std::function<void(protocol::HttpReply)> respond) override;
  void answered() override;
  bool run_blocking(std::function<void()> work) override;
  std::string date() override;

 private:
  enum class State { open, closed, shut };
  using Respond = std::function<void(protocol::HttpReply)>;
  struct Waiting {
    protocol::HttpRequest request;
    std::shared_ptr<const HeadFacts> facts;
    Respond respond;
  };
  /// A thread that is in the world, or about to look whether it may be.
  class Entry {
   public:
    explicit Entry(Gate& gate) : gate_(gate) { gate_.entered_.fetch_add(1); }
    ~Entry() { gate_.entered_.fetch_sub(1); }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    Gate& gate_;
  };
  void pass(protocol::HttpRequest request, std::shared_ptr<const HeadFacts> facts, Respond respond);

  std::atomic<State> state_ = State::shut;
  std::atomic<Front*> world_ = nullptr;
  std::atomic<uint64_t> number_ = 0;
  std::atomic<int64_t> entered_ = 0;    // threads
  std::atomic<int64_t> under_way_ = 0;  // requests
  Mutex mutex_;                         // state_ changes under it
  std::condition_variable settled_;
  std::vector<Waiting> waiting_ GUARDED_BY(mutex_);  // bounded by the connections
  std::vector<std::function<void()>> openers_ GUARDED_BY(mutex_);
};

}  // namespace millrace::server
