#pragma once
// Everything behind the listening sockets: a store with its clock, the rooms over it, the pipeline. A reset and the load
// of a snapshot end one world and make another over another store, while connections stay open (gate.h).

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/faults/fault_rules.h"
#include "emulator/server/admin.h"
#include "emulator/server/http_server.h"
#include "emulator/server/server.h"
#include "emulator/storage/store.h"

namespace millrace::server {

/// What a world's clock shows first; without a time the machine's.
struct ClockStart {
  std::optional<Millis> at;
  bool frozen = false;
};

/// Where a world is made. What is referred to outlives it.
struct WorldPlace {
  const ServerOptions& options;
  const std::vector<KeptEntries>& kept;  // by the rooms
  faults::FaultRules& faults;            // that tests ask for: they survive an account's reset
  std::string folder;                    // absolute: functions' processes have working directories of their own
  std::string admin_token;
  uint16_t port = 0;
  uint64_t number = 0;  // of this world; what was found out about a request under another number is found out anew
  ClockStart clock = {};
  std::function<Json()> init_report = {};       // how far the init scripts are
  std::function<void(Admin&)> add_routes = {};  // the server's own
};

class World {
 public:
  /// Opens the store below the folder and makes the rooms in their order. nullptr and a sentence for a person in
  /// `error` if the store can't be opened or read.
  static std::unique_ptr<World> make(const WorldPlace& place, const std::vector<MakeRoom>& rooms, std::string& error);
  /// After end_work(), or instead of it where nothing was served.
  ~World();

  Front& front();
  storage::Store& store();
  EmulatorClock& clock();
  /// Requests that wait for something (long polls) are answered.
  void hang_up();
  /// Ends all that runs, those that call before those that they call. Requests under way are answered. Nothing is asked
  /// of front() any more.
  void end_work();
  /// How many functions run at this moment.
  size_t functions_running() const;

 private:
  struct Impl;
  explicit World(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::server
