#include "emulator/storage/disk_space.h"

#include "emulator/base/guard.h"

namespace millrace::storage {

namespace {
constexpr uint64_t kLookAfterBytes = 256u << 10;
constexpr auto kLookAfter = std::chrono::milliseconds(100);
}  // namespace

std::string DiskSpace::refusal(size_t bytes, bool erases_only) {
  uint64_t written = since_look_.fetch_add(bytes) + bytes;
  Clock::time_point now = Clock::now();
  bool fresh = now - Clock::time_point(Clock::duration(looked_at_.load())) < kLookAfter;
  if (written < kLookAfterBytes && fresh && !refusing_) return "";
  uint64_t left = 0;
  if (!env_.GetFreeSpace(folder_, &left).ok()) return "";  // a file system that doesn't say: its errors will
  since_look_ = 0;
  looked_at_ = now.time_since_epoch().count();
  MutexLock lock(mutex_);
  if (left >= kReserveBytes + bytes) {
    if (refusing_.exchange(false)) resolve_troubles(sentence_);
    return "";
  }
  sentence_ = "the disk of " + folder_ + " is full (less than " + std::to_string(kReserveBytes >> 20) +
              " MiB left): nothing is written until there is space";
  if (!refusing_.exchange(true)) report_trouble(sentence_);
  return erases_only && left >= kReserveBytes / 2 + bytes ? "" : sentence_;
}

}  // namespace millrace::storage
