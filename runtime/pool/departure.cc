#include "runtime/pool/departure.h"

#include <boost/asio/post.hpp>

namespace millrace::pool {

namespace {

constexpr auto kPatience = std::chrono::milliseconds(2000);  // with an external extension [AWS]
// unverified: the runtime's share of it; AWS documents the whole only.
constexpr auto kRuntimePatience = std::chrono::milliseconds(600);

}  // namespace

Departure::Departure(boost::asio::io_context& io, ParentLink& parent, std::unique_ptr<EnvironmentProcess> process,
                     std::shared_ptr<Extensions> extensions, std::function<void()> gone)
    : parent_(parent),
      process_(std::move(process)),
      extensions_(std::move(extensions)),
      gone_(std::move(gone)),
      timer_(io),
      left_(process_->expected_extensions.begin(), process_->expected_extensions.end()) {}

void Departure::begin(const std::string& reason) {
  reason_ = reason;
  deadline_ = real_now() + kPatience;
  process_->thaw();
  if (reason == "spindown" && process_->terminate_runtime())
    at(real_now() + kRuntimePatience, &Departure::tell_extensions);
  else
    tell_extensions();
}

void Departure::ended(const std::string& extension) {
  if (extension.empty()) {
    if (!told_) tell_extensions();
    return;
  }
  left_.erase(extension);
  if (told_ && left_.empty()) finish();
}

void Departure::tell_extensions() {
  told_ = true;
  if (!process_->id.empty()) parent_.kill(process_->id, true);
  process_->pipe->drain(true);
  if (left_.empty() || !extensions_->anyone_wants("SHUTDOWN")) {
    // Not from within begin().
    boost::asio::post(timer_.get_executor(), [self = shared_from_this()] { self->finish(); });
    return;
  }
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - real_now()).count();
  extensions_->tell({{"eventType", "SHUTDOWN"}, {"shutdownReason", reason_}, {"deadlineMs", handlers_now_ms() + left}});
  at(deadline_, &Departure::finish);
}

void Departure::at(RealTime when, void (Departure::*next)()) {
  timer_.expires_at(when);
  timer_.async_wait([self = shared_from_this(), next](boost::system::error_code cancelled) {
    if (!cancelled) ((*self).*next)();
  });
}

void Departure::finish() {
  if (std::exchange(finished_, true)) return;
  timer_.cancel();
  process_->pipe->drain(true);
  for (const std::string& id : process_->extension_ids) parent_.kill(id, true);
  std::exchange(gone_, nullptr)();
}

}  // namespace millrace::pool
