#include "emulator/base/guard.h"

#include "emulator/base/log.h"
#include "emulator/base/mutex.h"

namespace millrace {

namespace {
constexpr size_t kTroublesMax = 64;

struct Kept {
  Mutex mutex;
  std::vector<Trouble> list GUARDED_BY(mutex);
};

Kept& kept() {
  static Kept instance;
  return instance;
}
}  // namespace

void report_trouble(std::string_view sentence) {
  {
    MutexLock lock(kept().mutex);
    auto& list = kept().list;
    for (Trouble& trouble : list) {
      if (trouble.sentence != sentence) continue;
      ++trouble.times;
      return;
    }
    if (list.size() < kTroublesMax) list.push_back({std::string(sentence), 1});
  }
  log::error(sentence);
}

std::vector<Trouble> troubles() {
  MutexLock lock(kept().mutex);
  return kept().list;
}

void resolve_troubles(std::string_view beginning) {
  size_t dropped = 0;
  {
    MutexLock lock(kept().mutex);
    dropped = std::erase_if(kept().list, [&](const Trouble& one) { return one.sentence.starts_with(beginning); });
  }
  if (dropped > 0) log::info("no longer: " + std::string(beginning));
}

void report_failed_task(std::string_view what, std::string_view reason) {
  report_trouble(std::string(what) + " failed: " + std::string(reason));
}

}  // namespace millrace
