#pragma once
// What the services that touch tables share: the catalog, the streams, the figures.

#include <functional>

#include "emulator/base/clock.h"
#include "emulator/base/random.h"
#include "emulator/storage/store.h"
#include "emulator/tables/catalog.h"
#include "emulator/tables/statistics.h"
#include "emulator/tables/stream_log.h"

namespace millrace::tables {

struct Tables {
  Tables(storage::Store& store, Clock& clock, Random& random)
      : clock(clock), catalog(store), streams(store, clock, random), statistics(store) {}

  Clock& clock;

  /// Called on the writer thread when an item was written that expires in that second. Set once, before
  /// requests come.
  std::function<void(uint64_t table_id, int64_t second)> expiry_noted;
  TableCatalog catalog;
  StreamLog streams;
  TableStatistics statistics;
};

}  // namespace millrace::tables
