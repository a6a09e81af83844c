#pragma once
// The end of one environment's processes where extensions have registered. As on AWS, all of it takes two
// seconds at most, and whoever ends earlier shortens it:
//
//   the runtime      SIGTERM, and SIGKILL after 600 ms, when the environment is retired or the server stops;
//                    SIGKILL at once after a timeout or a failure
//   then extensions  SHUTDOWN with its reason to those who registered for it, SIGKILL at the end
//
// Without extensions a runtime hears of nothing and is killed at once: no Departure is made for it.

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "runtime/pool/environment_process.h"
#include "runtime/pool/extensions.h"
#include "runtime/pool/parent_link.h"

namespace millrace::pool {

class Departure : public std::enable_shared_from_this<Departure> {
 public:
  /// `gone` is called once, never inside begin(), when nothing of the process is left.
  Departure(boost::asio::io_context& io, ParentLink& parent, std::unique_ptr<EnvironmentProcess> process,
            std::shared_ptr<Extensions> extensions, std::function<void()> gone);

  /// `reason` is AWS's: "spindown", "timeout" or "failure".
  void begin(const std::string& reason);
  /// The extension of that name has ended; the runtime, if it is empty.
  void ended(const std::string& extension);

 private:
  void at(RealTime when, void (Departure::*next)());
  void tell_extensions();
  void finish();

  ParentLink& parent_;
  std::unique_ptr<EnvironmentProcess> process_;  // with the pipe and the API that they still use
  std::shared_ptr<Extensions> extensions_;
  std::function<void()> gone_;
  boost::asio::steady_timer timer_;
  std::string reason_;
  RealTime deadline_{};
  bool told_ = false;
  bool finished_ = false;
  std::set<std::string> left_;  // names of the extensions that still run
};

}  // namespace millrace::pool
