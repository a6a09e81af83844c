#pragma once
// `millrace runtimes`: what functions find beside their own packages, and getting it.

#include <string>

namespace millrace::cli {

struct RuntimesWanted {
  bool install = false;
  std::string folder;       // where to; empty: <data folder>/runtimes, where serve looks by itself
  std::string data_folder;  // serve's --data-dir
  bool json = false;
};

/// Says what the functions of a running server (MILLRACE_URL) get; or installs boto3 (by pip) and the AWS SDK for
/// JavaScript (by npm) where their indexes can be reached. Returns the exit code.
int runtimes(const RuntimesWanted& wanted);

}  // namespace millrace::cli
