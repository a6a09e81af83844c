#pragma once
// The line that the terminal shows of each answered request (emulator/base/console.h writes it).

#include <chrono>
#include <memory>

#include "emulator/protocol/operation.h"
#include "emulator/protocol/sigv4.h"

namespace millrace::server {

/// A call that knows when it came, by the machine's own clock, and what service its signature names, where somebody looks or
/// steps are kept; an ordinary one otherwise. `credential` is null for what isn't signed.
std::shared_ptr<protocol::Call> new_call(const protocol::Credential* credential);

/// What the caller of a call from new_call() has to be allowed, for its trace.
void note_needs(protocol::Call& call, const protocol::AccessNeeds& needs);
/// Shows an answered call, and keeps it for `millrace trace`; `error` is null where it succeeded. To be asked for only if
/// console::shown() or trace::on(), of a call from new_call().
void show_request(const protocol::Call& call, int status, const AwsError* error);

}  // namespace millrace::server
