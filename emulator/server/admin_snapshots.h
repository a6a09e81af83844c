#pragma once
// Reset and snapshots: what replaces the world behind the sockets.

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "emulator/server/account_data.h"
#include "emulator/server/admin.h"
#include "emulator/server/snapshots.h"
#include "emulator/server/world.h"
#include "emulator/services/kept_entries.h"

namespace millrace::server {

/// One world in place of another.
struct Replacement {
  /// Changes what is below the data folder while nothing runs. Empty, or a sentence: then nothing was changed.
  std::function<std::string()> alter;
  /// Takes that back, where no world can be made of it.
  std::function<void()> undo = {};
  ClockStart clock = {};
  /// How long requests under way may take to end.
  std::chrono::milliseconds grace{200};
  /// First a moment is looked for in which no function runs: others' functions aren't to be disturbed.
  bool waits_for_functions = false;
  bool forgets_faults = false;
};

/// The server, as these routes see it. All but post() on the thread that runs the changes.
class Worlds {
 public:
  virtual ~Worlds() = default;
  /// Runs the change after those before it, on a thread of its own; false when the server ends.
  virtual bool post(std::function<void()> change) = 0;
  virtual World& current() = 0;
  virtual Snapshots& snapshots() = 0;
  virtual const std::string& data_folder() = 0;
  virtual const std::vector<KeptEntries>& kept_entries() = 0;
  virtual AccountData account_data() = 0;
  virtual ClockStart clock_at_start() = 0;
  /// Requests that come meanwhile wait. Empty, or a sentence: then what was there is there still.
  virtual std::string replace(const Replacement& replacement) = 0;
};

/// Returns as soon as no function runs, after two seconds at most.
void wait_for_quiet(const World& world);

/// POST reset, GET snapshots, POST snapshots/save, POST snapshots/load, DELETE snapshots, GET snapshots/export, PUT
/// snapshots/import. `worlds` outlives the routes.
void add_snapshot_routes(Admin& admin, Worlds& worlds);

}  // namespace millrace::server
