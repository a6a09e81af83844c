#pragma once
// HttpParameters of targets that are asked over HTTP: API destinations, deployed APIs.

#include <string>

#include "emulator/base/json.h"

namespace millrace::delivery {

/// The path in which each `*` is the next of `values` (texts), percent-encoded; those that are left over are ignored.
std::string fill_path(const std::string& path, const Json& values);
/// `?a=1&b=2` (or `&a=1...` where `before` has a query) of a map of texts; empty for an empty one.
std::string query_of(const Json& parameters, const std::string& before);

}  // namespace millrace::delivery
