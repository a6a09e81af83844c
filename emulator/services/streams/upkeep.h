#pragma once
// What streams need from time to time: shards that are four hours old get children, records older than a day
// go.

#include <string>

#include "emulator/base/result.h"

namespace millrace::streams {

struct StreamService;

/// Does what is due, now and whenever something becomes due by the emulator's clock, at the latest every
/// hour.
void start_upkeep(StreamService& service);

}  // namespace millrace::streams
