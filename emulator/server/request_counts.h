#pragma once
// How many requests were answered, by operation and outcome, for /metrics. Grows with the operations that were called: those
// that there are.

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "emulator/base/mutex.h"
#include "emulator/protocol/service.h"

namespace millrace::server {

class RequestCounts {
 public:
  /// Cheap from the second request of an operation on a thread.
  void count(const protocol::Call& call, int status);

  struct Count {
    const protocol::Service* service = nullptr;
    std::string operation;
    uint64_t fine = 0, refused = 0, failed = 0;  // below 400, below 500, the rest
  };
  std::vector<Count> counts() const;

 private:
  struct Cell {
    const protocol::Service* service = nullptr;
    std::atomic<uint64_t> fine = 0, refused = 0, failed = 0;
  };
  Cell& cell_of(const protocol::Call& call);

  mutable Mutex mutex_;
  std::map<const protocol::Operation*, Cell> cells_ GUARDED_BY(mutex_);  // cells never move
};

}  // namespace millrace::server
