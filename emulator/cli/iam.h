#pragma once
// `millrace iam audit|policy`. Each returns the exit code.

#include <string>

namespace millrace::cli {

/// Per principal what it used, as a table (or the server's JSON): how often, and what would have been denied.
int iam_audit(bool json);
/// The policy on standard output, and over which time it looked on standard error. kRefused for a principal that did nothing.
int iam_policy(const std::string& principal);

}  // namespace millrace::cli
