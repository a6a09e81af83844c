#include "emulator/services/logs/housekeeping.h"

#include "emulator/base/log.h"
#include "emulator/services/logs/logs.h"
#include "emulator/services/logs/metric_filters.h"
#include "emulator/storage/document_form.h"

namespace millrace::logs {

namespace {

constexpr Millis kEvery = 3'600'000;
constexpr Millis kMetricDays = 15;
constexpr size_t kEventsPerChangeMax = 20'000;  // a change occupies the store's writer

struct Due {
  Place place;
  std::string group;
};

std::vector<Due> groups_with_retention(const storage::Reader& reader) {
  std::vector<Due> out;
  storage::each_model_anywhere<LogGroup>(reader, "logs", "group", [&](std::string_view key, const LogGroup& group) {
    if (!group.retention_days) return;
    storage::take_part(key);  // "logs"
    const auto account = storage::take_part(key), region = storage::take_part(key);
    out.push_back({{*account, *region}, group.name});
  });
  return out;
}

size_t trim(Logs& logs, const Due& due) {
  size_t total = 0;
  while (!logs.housekeeper->stopping()) {
    auto trimmed = logs.context.store.transact([&](storage::Txn& txn) -> Result<size_t> {
      TRY(LogGroup group, find_group(txn, due.place, due.group));
      Millis horizon = retention_horizon(group, logs.context.clock.now_ms());
      return trim_group(txn, due.place, group, horizon, kEventsPerChangeMax);
    });
    if (trimmed.has_error() || *trimmed == 0) break;
    total += *trimmed;
  }
  return total;
}

}  // namespace

void start_housekeeping(Logs& logs) {
  Millis next = (logs.context.clock.now_ms() / kEvery + 1) * kEvery;
  logs.housekeeping_timer = logs.context.timers.at(next, [weak = logs.weak_from_this()] {
    auto self = weak.lock();
    if (!self || self->housekeeper->stopping()) return;
    start_housekeeping(*self);  // first: whoever sees this hour's work done may let the next hour come
    self->housekeeping_due = true;
    self->housekeeper->wake();
  });
}

void erase_what_is_due(Logs& logs) {
  size_t erased = 0;
  for (const Due& due : groups_with_retention(logs.context.store)) erased += trim(logs, due);
  if (erased) log::info("logs: " + std::to_string(erased) + " events were older than their group's retention");
  auto trimmed = logs.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    trim_metric_points(txn, logs.context.clock.now_ms() - kMetricDays * 24 * kEvery);
    return {};
  });
  if (trimmed.has_error()) log::warning("logs: old metric points were not erased: " + trimmed.error().message);
}

}  // namespace millrace::logs
