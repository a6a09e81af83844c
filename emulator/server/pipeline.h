#pragma once
// What happens to every request: guard the door, find the service, decode, sign in, check the input, authorize, run
// the handler, render.

#include <functional>
#include <memory>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/base/random.h"
#include "emulator/ports/faults.h"
#include "emulator/protocol/sign_in.h"
#include "emulator/server/admin_guard.h"
#include "emulator/server/browser_guard.h"
#include "emulator/server/host_guard.h"
#include "emulator/server/http_server.h"
#include "emulator/server/request_counts.h"
#include "emulator/server/service_directory.h"
#include "emulator/server/upload_threads.h"
#include "emulator/server/worker_threads.h"

namespace millrace::server {

class Admin;

class Pipeline final : public Front {
 public:
  Pipeline(const ServiceDirectory& services, const protocol::SignIn& sign_in, protocol::Identity& identity,
           Admin& admin, AdminGuard admin_guard, HostGuard guard, BrowserGuard browsers, Clock& clock, Random& random,
           WorkerThreads& workers, UploadThreads& uploads);

  /// Faults that tests ask for. Before the first request; both outlive this object.
  void set_faults(ports::Faults& faults, Timers& timers) {
    faults_ = &faults;
    timers_ = &timers;
  }
  /// The number that is written into what is found out of heads. Before the first request.
  void set_world(uint64_t number) { world_ = number; }

  BodyPlan plan(protocol::HttpRequest& head, const ConnectionEnds& ends) override;
  protocol::HttpReply body_too_large(const protocol::HttpRequest& head, const HeadFacts* facts) override;
  void handle(protocol::HttpRequest request, std::shared_ptr<const HeadFacts> facts,
              std::function<void(protocol::HttpReply)> respond) override;
  bool run_blocking(std::function<void()> work) override { return workers_.post(std::move(work)); }
  std::string date() override;
  const RequestCounts& counts() const { return counts_; }

 private:
  using Respond = std::function<void(protocol::HttpReply)>;
  /// Who sent a request, and to which service.
  struct Addressed;
  static const Addressed* addressed(const HeadFacts* facts);
  BodyPlan admit_head(protocol::HttpRequest& head, const ConnectionEnds& ends);
  /// Why a browser's request isn't let in, neither by the emulator nor by the service; empty: it is.
  std::string page_refusal(const protocol::HttpRequest& head, const protocol::Service* service) const;
  void run(std::shared_ptr<protocol::Call> call, const protocol::Credential* credential, Respond respond);
  /// Everything up to the handler; the error is answered.
  Result<void> admit(protocol::Call& call, const protocol::Credential* credential);
  class DueAnswer;
  template <class Task, class Give>
  void answering_failures(const protocol::Call& call, Give&& give, Task&& task);
  void run_handler(std::shared_ptr<protocol::Call> call, Respond respond);
  /// The same where a rule may have it otherwise.
  void run_with_faults(std::shared_ptr<protocol::Call> call, Respond respond);
  void answer(const protocol::Call& call, Result<protocol::HttpReply> result, const Respond& respond);
  protocol::HttpReply unknown_service(const protocol::HttpRequest& request, const protocol::Credential* credential);

  const ServiceDirectory& services_;
  const protocol::SignIn& sign_in_;
  protocol::Identity& identity_;
  Admin& admin_;
  AdminGuard admin_guard_;
  HostGuard guard_;
  BrowserGuard browsers_;
  Clock& clock_;
  Random& random_;
  WorkerThreads& workers_;
  UploadThreads& uploads_;
  RequestCounts counts_;
  uint64_t world_ = 0;
  ports::Faults* faults_ = nullptr;
  Timers* timers_ = nullptr;
};

}  // namespace millrace::server
