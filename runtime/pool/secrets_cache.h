#pragma once
// What the Parameters and Secrets extension of one execution environment remembers, by the function's own variables:
// SSM_PARAMETER_STORE_TTL and SECRETS_MANAGER_TTL (seconds, 300 at most; 0: nothing), PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED
// and _CACHE_SIZE (1000 at most; then what was asked for longest ago goes). Source: Systems Manager's and Secrets Manager's user
// guides, "AWS Parameters and Secrets Lambda Extension".

#include <list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "emulator/base/clock.h"

namespace millrace::pool {

class SecretsCache {
 public:
  enum class Kind { parameter, secret };

  explicit SecretsCache(const std::map<std::string, std::string>& variables);
  SecretsCache(SecretsCache&&) = default;
  SecretsCache(const SecretsCache&) = delete;  // its iterators are those of its own list

  /// The answer to the question, if it is remembered and not too old.
  std::optional<std::string> find(const std::string& question, Millis now);
  void put(Kind kind, const std::string& question, std::string answer, Millis now);

 private:
  struct Entry {
    std::string question, answer;
    Millis until_ms = 0;
  };
  Millis parameter_ttl_ms_, secret_ttl_ms_;
  size_t size_max_;
  std::list<Entry> entries_;  // asked for last first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_question_;
};

}  // namespace millrace::pool
