#include "emulator/base/random.h"
#include "emulator/base/mutex.h"

#include <random>

namespace millrace {

std::string Random::text(size_t n, std::string_view alphabet) {
  std::string out(n, '\0');
  for (char& c : out) c = alphabet[below(alphabet.size())];
  return out;
}

std::string Random::uuid() {
  std::string out = hex(36);
  for (size_t dash : {8, 13, 18, 23}) out[dash] = '-';
  out[14] = '4';
  out[19] = "89ab"[below(4)];
  return out;
}

uint64_t SystemRandom::next() {
  thread_local std::mt19937_64 engine([] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }());
  return engine();
}

struct SeededRandom::State {
  Mutex mutex;
  std::mt19937_64 engine GUARDED_BY(mutex);
};

SeededRandom::SeededRandom(uint64_t seed) : state_(std::make_unique<State>()) {
  state_->engine.seed(seed);
}
SeededRandom::~SeededRandom() = default;

uint64_t SeededRandom::next() {
  MutexLock lock(state_->mutex);
  return state_->engine();
}

}  // namespace millrace
