#pragma once
// Threads that serve many clients in turns, such as the HTTP server's lanes: what has to be done once for all of a turn
// is put off to its end.

#include <functional>

namespace millrace {

/// Says how tasks get to the end of the calling thread's turn; empty: this thread takes no turns (the default).
void set_turn_end(std::function<void(std::function<void()>)> post);

/// Runs `task` on this thread when its turn ends: nothing of the thread's stack holds a lock then. False where the thread
/// takes no turns; nothing is run then.
bool at_turn_end(std::function<void()> task);

}  // namespace millrace
