#pragma once
// `millrace env`: what a shell needs so that Terraform, the AWS CLI and SDKs talk to the emulator.

#include <string>

namespace millrace::cli {

/// Lines for `eval`, with comments that say whom each is for. `url` is the server's; `no_proxy` the shell's NO_PROXY, of
/// which entries that undo the proxy line are named.
std::string environment_lines(const std::string& url, const std::string& no_proxy);

/// The server that commands talk to: MILLRACE_URL, else http://127.0.0.1:4566.
std::string server_url();

}  // namespace millrace::cli
