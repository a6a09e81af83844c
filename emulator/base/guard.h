#pragma once
// The one rule for what a task throws: it is logged and counted, and the thread that ran it goes on. Every loop of the
// program (executor.h, the store's writer, the clock's timers, sockets' lanes, the pollers) runs its tasks under it.

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// Something that is wrong and that whoever asks for the server's status should hear of.
struct Trouble {
  std::string sentence;
  uint64_t times = 0;
};

/// Keeps the sentence for the status and logs it when it is new. At most 64 different ones are kept.
void report_trouble(std::string_view sentence);
/// What is over: troubles whose sentence begins so are dropped; logged when there were any.
void resolve_troubles(std::string_view beginning);
/// The troubles since the start that aren't over, the oldest first.
std::vector<Trouble> troubles();

/// Reports that `what` ("a timer") failed with `reason`.
void report_failed_task(std::string_view what, std::string_view reason);

/// Runs the task; what it throws is reported. True if it ended by itself.
template <class Task>
bool guarded(std::string_view what, Task&& task) {
  try {
    task();
    return true;
  } catch (const std::exception& error) {
    report_failed_task(what, error.what());
  } catch (...) {
    report_failed_task(what, "an unknown exception");
  }
  return false;
}

}  // namespace millrace
