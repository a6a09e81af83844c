#pragma once
// --throttle: provisioned capacity as a bucket of units for each table and global index, one for reads and
// one for writes. A bucket fills at the provisioned rate up to 300 seconds' worth ("burst capacity",
// developer guide); a request passes while there is something in it and takes what it consumed, so a large
// one leaves a debt.

#include <cstdint>
#include <string>
#include <unordered_map>

#include "emulator/base/clock.h"
#include "emulator/base/mutex.h"
#include "emulator/base/result.h"
#include "emulator/services/dynamodb/items/capacity.h"
#include "emulator/services/dynamodb/meter.h"

namespace millrace::dynamodb {

class Throttle {
 public:
  explicit Throttle(Clock& clock, Meter* meter = nullptr) : clock_(clock), meter_(meter) {}

  /// ProvisionedThroughputExceededException while the bucket of the table (or of the index: nullptr for none)
  /// is empty; ThrottlingException for an on-demand table above its configured maximum.
  Result<void> admit(const tables::Table& table, const tables::Index* index, Direction direction);
  /// Takes what a request consumed. Local indexes live on their table's units.
  void spend(const tables::Table& table, const Consumed& consumed, Direction direction);

 private:
  struct Bucket {
    double units = 0;
    Millis filled_ms = 0;
  };
  /// Buckets that are full again are dropped beyond this many: an absent one is full.
  static constexpr size_t kBucketsMax = 10'000;

  Bucket& bucket(uint64_t id, Direction direction, double rate) REQUIRES(mutex_);
  void drop_full() REQUIRES(mutex_);

  void count_refusal(const tables::Table& table, const tables::Index* index, Direction direction);

  Clock& clock_;
  Meter* meter_;  // nullptr: nothing is counted
  Mutex mutex_;
  std::unordered_map<uint64_t, Bucket> buckets_ GUARDED_BY(mutex_);  // by id and direction
};

}  // namespace millrace::dynamodb
