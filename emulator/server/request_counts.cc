#include "emulator/server/request_counts.h"

#include <unordered_map>

namespace millrace::server {

RequestCounts::Cell& RequestCounts::cell_of(const protocol::Call& call) {
  MutexLock lock(mutex_);
  Cell& cell = cells_[call.operation];
  cell.service = call.service;
  return cell;
}

void RequestCounts::count(const protocol::Call& call, int status) {
  if (!call.operation) return;
  // By the counter, too: tests run several servers in one process.
  struct Known {
    const RequestCounts* of = nullptr;
    std::unordered_map<const protocol::Operation*, Cell*> cells;
  };
  thread_local Known known;
  if (known.of != this) known = {this, {}};
  Cell*& cell = known.cells[call.operation];
  if (!cell) cell = &cell_of(call);
  auto& counter = status < 400 ? cell->fine : status < 500 ? cell->refused : cell->failed;
  counter.fetch_add(1, std::memory_order_relaxed);
}

std::vector<RequestCounts::Count> RequestCounts::counts() const {
  std::vector<Count> out;
  MutexLock lock(mutex_);
  for (const auto& [operation, cell] : cells_)
    out.push_back({cell.service, operation->name, cell.fine.load(), cell.refused.load(), cell.failed.load()});
  return out;
}

}  // namespace millrace::server
