#pragma once
// The structures that texts share: `pattern` counts them, `diff` compares two periods' counts.
//
// A text is cut into words and what stands between them. Times, ids, addresses and numbers are dynamic tokens whatever
// they are; texts of the same shape whose words mostly agree share a pattern, in which the words that differ are dynamic
// as well. AWS finds its patterns by learning; which texts it puts together may differ.
// Source: "pattern" and "Pattern analysis" in the CloudWatch Logs user guide.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::logs::insights {

/// A word of a text, or what stands for words that vary.
struct PatternToken {
  enum class Kind { word, time, uuid, ip, number, id, any };
  Kind kind = Kind::word;
  std::string before;  // what stands before it
  std::string text;    // the word
};

struct FoundPattern {
  std::string text;      // "<Time-1> [INFO] stored <ID-2>"
  std::string severity;  // "Error", "Warning", "Info", "Debug"; "None" if no word of it is a level. unverified: "None"
  uint64_t count = 0;
  uint64_t earlier_count = 0;  // in the period that is compared with
};

class Patterns {
 public:
  /// At the bound, texts that fit no pattern are counted together as "<Token-1>".
  static constexpr size_t kPatternsMax = 1000;
  /// Of a text; what follows is left out of its pattern.
  static constexpr size_t kTokensMax = 256;

  void add(std::string_view text, bool earlier);
  /// The most frequent first; of the same frequency in the order in which they were first seen.
  std::vector<FoundPattern> found() const;
  /// Texts that were added, without those of the earlier period.
  uint64_t count() const { return count_; }
  /// Held, about.
  size_t bytes() const { return bytes_; }

 private:
  struct Cluster {
    std::vector<PatternToken> tokens;
    uint64_t count = 0, earlier_count = 0;
  };
  Cluster* known(const std::string& shape, const std::vector<PatternToken>& tokens);
  Cluster& cluster_of(std::vector<PatternToken> tokens);

  std::vector<Cluster> clusters_;                  // in the order in which they were first seen
  std::map<std::string, std::vector<size_t>> of_;  // by the hash of their shape
  uint64_t count_ = 0;
  size_t bytes_ = 0;
};

}  // namespace millrace::logs::insights
