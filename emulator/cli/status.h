#pragma once
// `millrace status|wait|stop`. Each returns the exit code.

namespace millrace::cli {

/// Whose server answers and what it holds: as a table, or as the server's JSON.
int status(bool json);
/// Until a server answers; kNoAnswer if none does in time.
int wait_for_server(int timeout_s);
/// Ends the server that answers, and returns when it has gone.
int stop_server(int timeout_s);

}  // namespace millrace::cli
