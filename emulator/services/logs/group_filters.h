#pragma once
// What a group's filters share, whether metric or subscription filters: they are kept by name, counted in the group,
// and deleted with an error that names their kind.

#include <functional>
#include <string>

#include "emulator/services/logs/logs.h"

namespace millrace::logs {

struct FilterKind {
  std::string (*key)(const Place& place, std::string_view group, std::string_view name);
  int64_t LogGroup::*counter;  // how many the group has
  int64_t per_group_max;
  const char* missing;  // what DeleteXFilter answers where there is none
};

/// Stores what `make` gives for the time of creation (an existing filter keeps its own); LimitExceededException beyond
/// the kind's bound.
Result<Json> put_filter(Logs& logs, const protocol::Call& call, const FilterKind& kind,
                        const std::function<Json(Millis created_ms)>& make);

protocol::Operation delete_filter(Logs& logs, std::string name, const FilterKind& kind);

}  // namespace millrace::logs
