#include "runtime/pool/secrets_cache.h"

#include <algorithm>
#include <charconv>

#include "emulator/base/encoding.h"

namespace millrace::pool {

namespace {

constexpr int64_t kTtlMax = 300;  // seconds; also what holds where none is set
constexpr int64_t kSizeMax = 1000;

/// A variable's whole number within [0, max]; max where there is none, or it is none.
int64_t number_in(const std::map<std::string, std::string>& variables, const char* name, int64_t max) {
  auto found = variables.find(name);
  if (found == variables.end()) return max;
  const std::string& text = found->second;
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return max;
  return std::clamp<int64_t>(value, 0, max);
}

}  // namespace

SecretsCache::SecretsCache(const std::map<std::string, std::string>& variables)
    : parameter_ttl_ms_(number_in(variables, "SSM_PARAMETER_STORE_TTL", kTtlMax) * 1000),
      secret_ttl_ms_(number_in(variables, "SECRETS_MANAGER_TTL", kTtlMax) * 1000),
      size_max_(static_cast<size_t>(number_in(variables, "PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE", kSizeMax))) {
  auto enabled = variables.find("PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED");
  if (enabled != variables.end() && equals_ignore_case(enabled->second, "false")) size_max_ = 0;
}

std::optional<std::string> SecretsCache::find(const std::string& question, Millis now) {
  auto found = by_question_.find(question);
  if (found == by_question_.end()) return std::nullopt;
  if (found->second->until_ms <= now) {
    entries_.erase(found->second);
    by_question_.erase(found);
    return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->answer;
}

void SecretsCache::put(Kind kind, const std::string& question, std::string answer, Millis now) {
  const Millis ttl_ms = kind == Kind::parameter ? parameter_ttl_ms_ : secret_ttl_ms_;
  if (ttl_ms == 0 || size_max_ == 0) return;
  if (auto old = by_question_.find(question); old != by_question_.end()) {
    entries_.erase(old->second);
    by_question_.erase(old);
  }
  if (entries_.size() >= size_max_) {
    by_question_.erase(entries_.back().question);
    entries_.pop_back();
  }
  entries_.push_front({question, std::move(answer), now + ttl_ms});
  by_question_[question] = entries_.begin();
}

}  // namespace millrace::pool
