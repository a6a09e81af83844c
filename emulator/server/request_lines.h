#pragma once
// The line that the terminal shows of each answered request (emulator/base/console.h writes it).

#include <chrono>
#include <memory>

#include "emulator/protocol/operation.h"

namespace millrace::server {

/// A call that knows when it came, by the machine's own clock, where somebody looks; an ordinary one otherwise.
std::shared_ptr<protocol::Call> new_call();

/// Shows an answered call; `error` is null where it succeeded. To be asked for only if console::shown(), of a call from
/// new_call().
void show_request(const protocol::Call& call, int status, const AwsError* error);

}  // namespace millrace::server
