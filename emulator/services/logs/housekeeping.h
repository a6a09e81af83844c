#pragma once
// What happens by the clock: events older than their group's retention are erased, and so are metric points of more
// than 15 days. Every hour of emulated time; a clock that is advanced wakes it.

namespace millrace::logs {

struct Logs;

/// Arms the next hour's timer; call once.
void start_housekeeping(Logs& logs);
/// Erases what is due now; on the housekeeper's thread.
void erase_what_is_due(Logs& logs);

}  // namespace millrace::logs
