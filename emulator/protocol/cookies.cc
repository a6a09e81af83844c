#include "emulator/protocol/cookies.h"

namespace millrace::protocol {

std::vector<std::string> cookies_of(const HttpRequest& request) {
  std::vector<std::string> out;
  std::string_view cookies = request.headers.get("cookie");
  while (!cookies.empty()) {
    const size_t end = cookies.find(';');
    std::string_view one = cookies.substr(0, end);
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (!one.empty()) out.emplace_back(one);
    if (end == std::string_view::npos) break;
    cookies.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace millrace::protocol
