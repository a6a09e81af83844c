#pragma once
// Randomness and ids are injected: the server draws from the system, tests from a seed.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace millrace {

class Random {
 public:
  virtual ~Random() = default;
  /// 64 uniformly random bits. Thread-safe.
  virtual uint64_t next() = 0;

  /// `n` characters drawn from `alphabet`.
  std::string text(size_t n, std::string_view alphabet);
  /// `n` lower-case hexadecimal digits.
  std::string hex(size_t n) { return text(n, "0123456789abcdef"); }
  /// A version 4 UUID, lower case.
  std::string uuid();
  /// A uniformly random number below `bound`, which is at least 1.
  uint64_t below(uint64_t bound) { return next() % bound; }
};

/// Draws from the system's generator (seeded once per thread).
class SystemRandom final : public Random {
 public:
  uint64_t next() override;
};

/// The same sequence for the same seed.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed);
  ~SeededRandom() override;
  uint64_t next() override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace
