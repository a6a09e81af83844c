#pragma once
// `millrace doctor`: what will not work here, and why. Each check is a function that returns its findings.

#include <ostream>
#include <string>
#include <vector>

namespace millrace::cli {

struct Finding {
  enum class Level { fine, note, trouble } level;  // a note is no trouble for most
  std::string subject;
  std::string sentence;
};

/// Looks at this machine, this shell and the server at MILLRACE_URL, if it runs. Takes a second or two: it starts the AWS CLI
/// to ask for its version.
std::vector<Finding> examine(const std::string& data_folder);

/// Prints the findings, as lines or as JSON, and returns the exit code: kRefused where there is trouble.
int doctor(const std::string& data_folder, bool json, std::ostream& out);

/// The names beside which clients put labels, and what a request by them came to: for the check of names and its test.
Finding try_name(const std::string& label, const std::string& server_url, const std::string& who_needs_it);

}  // namespace millrace::cli
