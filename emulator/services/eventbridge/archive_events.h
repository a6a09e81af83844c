#pragma once
// Where an archive's events lie.

#include <cstdint>
#include <string>

namespace millrace::eventbridge {

/// What the keys of an archive's events begin with, in Family::queues; the time in milliseconds and the event's id follow.
std::string archive_prefix(uint64_t archive_id);

}  // namespace millrace::eventbridge
