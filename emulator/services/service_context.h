#pragma once
// What every service is given. What a service needs of another is a port (emulator/ports), given beside this.

#include <string>

#include "emulator/base/clock.h"
#include "emulator/base/random.h"
#include "emulator/storage/store.h"

namespace millrace {

struct ServiceContext {
  storage::Store& store;
  Clock& clock;
  Timers& timers;
  Random& random;
  /// Where clients reach the emulator, e.g. "http://127.0.0.1:4566".
  std::string endpoint_url;
  /// A folder for what must be files (extracted code); lives and dies with the data folder.
  std::string files_folder;
  /// `--aws-delays`: state machines take as long as on AWS instead of being near-instant.
  bool aws_delays = false;
  /// `--throttle`: provisioned throughput is enforced.
  bool throttle = false;
};

}  // namespace millrace
