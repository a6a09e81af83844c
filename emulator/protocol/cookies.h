#pragma once

#include <string>
#include <vector>

#include "emulator/protocol/http.h"

namespace millrace::protocol {

/// The Cookie header's cookies, `name=value` each, in order.
std::vector<std::string> cookies_of(const HttpRequest& request);

}  // namespace millrace::protocol
