#pragma once
// ports::ServiceCaller: signs a request with a session of the role and sends it through the front, as a client would.

#include <atomic>
#include <list>
#include <memory>

#include "emulator/base/clock.h"
#include "emulator/base/mutex.h"
#include "emulator/ports/authority.h"
#include "emulator/ports/ports.h"
#include "emulator/ports/service_caller.h"
#include "emulator/server/http_caller.h"
#include "emulator/server/http_server.h"

namespace millrace::server {

class InternalCaller final : public ports::ServiceCaller {
 public:
  /// A room offers the ports::Authority before the first call.
  InternalCaller(const ports::Ports& ports, Clock& clock) : authority_(ports), clock_(clock) {}
  /// Before the first call; `front` outlives this object's calls.
  void connect(Front& front) { front_ = &front; }
  void call(ports::ServiceCall call, std::function<void(ports::ServiceAnswer)> done) override;

 private:
  struct Session {
    std::string role_arn;
    ports::Credentials credentials;
  };
  Result<ports::Credentials> session_of(const std::string& role_arn);
  void send(const ports::ServiceCall& call, const std::function<void(ports::ServiceAnswer)>& done);

  ports::Late<ports::Authority> authority_;
  Clock& clock_;
  Front* front_ = nullptr;
  static constexpr size_t kCallsMax = 256;  // at once: an API may call itself
  std::shared_ptr<std::atomic<size_t>> under_way_ = std::make_shared<std::atomic<size_t>>(0);  // a late answer's, too
  static constexpr size_t kSessionsMax = 64;  // at the bound the oldest goes
  Mutex mutex_;
  std::list<Session> sessions_ GUARDED_BY(mutex_);
};

}  // namespace millrace::server
