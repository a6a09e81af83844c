#pragma once
// The rooms' operations, called by other rooms (emulator/ports/service_calls.h).

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/random.h"
#include "emulator/ports/service_calls.h"
#include "emulator/services/room.h"

namespace millrace::server {

class ServiceCalls final : public ports::ServiceCalls {
 public:
  ServiceCalls(Clock& clock, Random& random) : clock_(clock), random_(random) {}
  /// Once all rooms are made.
  void connect(const std::vector<Room>& rooms);
  Result<Json> call(const std::string& service, const std::string& operation, const std::string& account,
                    const std::string& region, const Json& input) override;

 private:
  Clock& clock_;
  Random& random_;
  std::multimap<std::string, std::shared_ptr<protocol::Service>> services_;  // by scope; constant once the rooms start
};

}  // namespace millrace::server
