#include "emulator/base/random.h"
#include "emulator/base/mutex.h"

#include <random>

namespace millrace {

std::string Random::text(size_t n, std::string_view alphabet) {
  // A draw's 64 bits are the fraction of a number below 1: times the alphabet's size its whole part is a character, the
  // fraction that stays is the next one's. Ten characters of 64 leave bits enough for an even choice.
  constexpr int kFromOneDraw = 10;
  std::string out(n, '\0');
  uint64_t fraction = 0;
  int left = 0;
  for (char& c : out) {
    if (left-- == 0) {
      fraction = next();
      left = kFromOneDraw - 1;
    }
    const auto product = static_cast<unsigned __int128>(fraction) * alphabet.size();
    c = alphabet[static_cast<size_t>(product >> 64)];
    fraction = static_cast<uint64_t>(product);
  }
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
