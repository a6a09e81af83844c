#include "emulator/services/lambda/runtimes.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "emulator/services/lambda/errors.h"

namespace millrace::lambda {

namespace {

// unverified: the order. AWS's follows no rule that can be seen; this is the one of 2025's messages, newer names added.
constexpr std::string_view kCurrent[] = {"nodejs20.x", "python3.14", "provided.al2023", "python3.12",   "python3.13",
                                         "nodejs24.x", "nodejs22.x", "java25",          "java17",       "nodejs16.x",
                                         "dotnet10",   "dotnet8",    "python3.10",      "java11",       "python3.11",
                                         "dotnet6",    "java21",     "nodejs18.x",      "provided.al2", "ruby3.3",
                                         "ruby3.4",    "java8.al2",  "ruby3.2",         "python3.8",    "python3.9"};

constexpr std::string_view kRetired[] = {
    "nodejs",        "nodejs4.3",      "nodejs6.10", "nodejs8.10", "nodejs10.x",    "nodejs12.x",    "nodejs14.x",
    "java8",         "python2.7",      "python3.6",  "python3.7",  "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1",
    "dotnetcore3.1", "nodejs4.3-edge", "go1.x",      "ruby2.5",    "ruby2.7",       "provided"};

template <class Names>
bool among(const Names& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace

std::vector<std::string> runtime_names() {
  return {std::begin(kCurrent), std::end(kCurrent)};
}

std::vector<std::string> layer_runtime_names() {
  std::vector<std::string> names(std::begin(kCurrent), std::end(kCurrent));
  names.insert(names.end(), std::begin(kRetired), std::end(kRetired));
  return names;
}

bool has_snap_start(const std::string& runtime) {
  // Java from 11 on, .NET from 8 on, Python from 3.12 on [doc].
  constexpr std::string_view kWithout[] = {"java8.al2", "dotnet6",    "python3.8",
                                           "python3.9", "python3.10", "python3.11"};
  bool family = runtime.starts_with("java") || runtime.starts_with("dotnet") || runtime.starts_with("python");
  return family && among(kCurrent, runtime) && !among(kWithout, runtime);
}

Result<void> check_runtime(const std::string& runtime, bool retired_too) {
  if (among(kCurrent, runtime) || (retired_too && among(kRetired, runtime))) return {};
  if (among(kRetired, runtime))
    return errors::invalid(
        "The runtime parameter of " + runtime +
        " is no longer supported for creating or updating AWS Lambda functions. We recommend you use a "
        "supported runtime while creating or updating functions.");
  std::string all;
  for (const std::string& name : runtime_names()) all += (all.empty() ? "" : ", ") + name;
  return errors::invalid("Value " + runtime +
                         " at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [" + all +
                         "] or be a valid ARN");
}

}  // namespace millrace::lambda
