#pragma once
// What the admin API's answers say, for people; programs ask with --json.

#include <cstdint>
#include <string>

#include "emulator/base/json.h"

namespace millrace::cli {

/// "1 queue", "2 queues", "2 policies", "1 alias".
std::string counted(int64_t count, std::string_view plural);
/// "45 s", "3 min 20 s", "2 h 5 min", "3 d 1 h".
std::string span_text(int64_t ms);

std::string clock_words(const Json& clock);
/// Of drain's success as of what it says when its time is over.
std::string drain_words(const Json& answer);
std::string shards_words(const Json& answer);
std::string faults_words(const Json& answer);
std::string fault_words(const Json& rule);
std::string replay_words(const Json& answer);
/// Of `reset`, `snapshot save`, `load`, `delete`, `import`, `faults clear`, `iam clear`: what was done, and how long it took.
std::string done_words(const Json& answer);

}  // namespace millrace::cli
