#pragma once
// Tells open pages that something happened, so that they ask again: `GET /_millrace/events`, server-sent events. What happens
// within 400 ms is one event; a page that doesn't read gets the newest only. At most 32 streams, 503 beyond.

#include <functional>
#include <memory>

#include "emulator/base/clock.h"
#include "emulator/server/admin.h"

namespace millrace::server {

class PageEvents {
 public:
  explicit PageEvents(const EmulatorClock& clock);
  ~PageEvents();
  void add_route(Admin& admin);
  /// Something happened. Cheap, from any thread.
  void wake();
  /// Ends all streams; nothing is sent afterwards. Idempotent.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace millrace::server
