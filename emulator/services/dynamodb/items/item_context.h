#pragma once

#include "emulator/base/clock.h"
#include "emulator/base/random.h"
#include "emulator/encryption/key_use.h"
#include "emulator/storage/store.h"
#include "emulator/tables/tables.h"

namespace millrace::ports {
class Faults;
}

namespace millrace::dynamodb {

class Meter;
class OngoingTransactions;
class Throttle;

/// What the item operations work with: a bundle of references, copied into each handler.
struct ItemContext {
  storage::Store& store;
  tables::Tables& tables;
  Clock& clock;
  Random& random;
  OngoingTransactions& ongoing;
  Throttle* throttle = nullptr;     // only with --throttle
  encryption::KeyUser keys = {};    // of tables under a customer's key
  Meter* meter = nullptr;           // nullptr: nothing is counted
  ports::Faults* faults = nullptr;  // nullptr: nobody asks for any
};

}  // namespace millrace::dynamodb
