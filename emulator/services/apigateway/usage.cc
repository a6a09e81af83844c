#include "emulator/services/apigateway/usage.h"

#include <algorithm>

#include "emulator/base/clock.h"

namespace millrace::apigateway {

namespace {

constexpr Millis kDayMs = 86'400'000;

/// Which day, week or month it is, counted from the epoch.
int64_t period_of(const std::string& period, Millis now) {
  const int64_t day = now / kDayMs;
  if (period == "DAY") return day;
  if (period == "WEEK") return (day + 3) / 7;  // the epoch was a Thursday; weeks begin on Monday
  const CalendarTime time = calendar(now);
  return time.year * 12 + time.month;
}

std::string day_of(Millis t) {
  return iso_seconds(t).substr(0, 10);
}

std::string usage_key(const Scope& scope, const std::string& plan, const std::string& key) {
  return child_key(scope, "usage", plan, key);
}

}  // namespace

UsageCounters::UsageCounters(const ServiceContext& context) : context_(context) {}

UsageCounters::Used& UsageCounters::load(const std::string& key, const Json* quota) {
  if (state_->used.size() >= kKeysMax && !state_->used.contains(key)) state_->used.clear();
  Used& used = state_->used[key];
  const int64_t period = quota ? period_of(text_of(*quota, "period"), context_.clock.now_ms()) : 0;
  if (!used.loaded) {
    used.loaded = true;
    if (auto stored = storage::get_document(context_.store, key)) {
      used.period = int_of(*stored, "period");
      used.requests = int_of(*stored, "used");
      const Json days = stored->value("days", Json::object());
      for (const auto& [day, pair] : days.items())
        used.days[day] = {pair.at(0).get<int64_t>(), pair.at(1).get<int64_t>()};
    } else {
      used.period = period;
      used.requests = quota ? int_of(*quota, "offset") : 0;  // the first period's alone
    }
  }
  if (used.period != period) {
    used.period = period;
    used.requests = 0;
  }
  return used;
}

void UsageCounters::write(const std::string& key) {
  {
    MutexLock lock(state_->mutex);
    if (!state_->unwritten.insert(key).second) return;
  }
  context_.store.submit(
      [state = state_, key](storage::Txn& txn) {
        Json document;
        {
          MutexLock lock(state->mutex);
          state->unwritten.erase(key);
          auto found = state->used.find(key);
          if (found == state->used.end()) return false;
          document = {{"period", found->second.period}, {"used", found->second.requests}, {"days", Json::object()}};
          for (const auto& [day, pair] : found->second.days) {
            document["days"][day].push_back(pair.first);
            document["days"][day].push_back(pair.second);
          }
        }
        storage::put_document(txn, key, document);
        return true;
      },
      [](storage::Outcome) {});
}

bool UsageCounters::count(const Scope& scope, const std::string& plan, const std::string& key, const Json* quota) {
  const std::string document = usage_key(scope, plan, key);
  const std::string today = day_of(context_.clock.now_ms());
  {
    MutexLock lock(state_->mutex);
    Used& used = load(document, quota);
    const int64_t limit = quota ? int_of(*quota, "limit") : 0;
    if (quota && used.requests >= limit) return false;
    ++used.requests;
    auto& [requests, remaining] = used.days[today];
    ++requests;
    remaining = quota ? limit - used.requests : 0;
    while (used.days.size() > kDaysMax) used.days.erase(used.days.begin());
  }
  write(document);
  return true;
}

Json UsageCounters::days(const Scope& scope, const std::string& plan, const std::string& key, const Json* quota,
                         const std::string& first, const std::string& last) {
  Json out = Json::array();
  MutexLock lock(state_->mutex);
  const Used& used = load(usage_key(scope, plan, key), quota);
  int64_t remaining = quota ? int_of(*quota, "limit") : 0;
  const Millis from = parse_iso(first + "T00:00:00Z"), to = parse_iso(last + "T00:00:00Z");
  if (from < 0 || to < 0) return out;
  for (Millis day = from; day <= to && out.size() < 366; day += kDayMs) {
    auto found = used.days.find(day_of(day));
    if (found != used.days.end()) remaining = found->second.second;
    out.push_back(Json::array({found == used.days.end() ? 0 : found->second.first, remaining}));
  }
  return out;
}

void UsageCounters::set_remaining(const Scope& scope, const std::string& plan, const std::string& key,
                                  const Json& quota, int64_t remaining) {
  const std::string document = usage_key(scope, plan, key);
  {
    MutexLock lock(state_->mutex);
    Used& used = load(document, &quota);
    used.requests = int_of(quota, "limit") - remaining;
    used.days[day_of(context_.clock.now_ms())].second = remaining;
  }
  write(document);
}

}  // namespace millrace::apigateway
