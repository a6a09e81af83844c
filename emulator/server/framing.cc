#include "emulator/server/framing.h"

#include <algorithm>
#include <cctype>

#include "emulator/base/encoding.h"

namespace millrace::server {

namespace {

/// A name or an address in brackets, perhaps with labels before it (000000000000.[::1]), perhaps with a port.
bool is_host(std::string_view host) {
  if (const size_t bracket = host.find('['); bracket != std::string_view::npos && bracket > 0) {
    const bool labels = std::all_of(host.begin(), host.begin() + static_cast<ptrdiff_t>(bracket), [](unsigned char c) {
      return std::isalnum(c) || c == '.' || c == '-' || c == '_';
    });
    if (!labels) return false;
    host.remove_prefix(bracket);
  }
  std::string_view name = host;
  size_t colon = host.starts_with('[') ? host.find(':', std::min(host.find(']'), host.size())) : host.find(':');
  if (colon != std::string_view::npos) {
    std::string_view port = host.substr(colon + 1);
    if (port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos) return false;
    name = host.substr(0, colon);
  }
  if (name.starts_with('['))
    return name.ends_with(']') && name.find_first_not_of("[]:.%0123456789abcdefABCDEF") == std::string_view::npos;
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '-' || c == '_';
  });
}

}  // namespace

std::string framing_problem(const protocol::Headers& headers, int version) {
  size_t hosts = 0, encodings = 0;
  bool chunked = true;
  for (const auto& [name, value] : headers) {
    if (equals_ignore_case(name, "host")) ++hosts;
    if (!equals_ignore_case(name, "transfer-encoding")) continue;
    ++encodings;
    chunked &= equals_ignore_case(value, "chunked");
  }
  if (encodings > 1 || !chunked) return "The only Transfer-Encoding is chunked.";
  if (hosts > 1 || (hosts == 0 && version >= 11)) return "A request names one Host.";
  if (hosts == 1 && !is_host(headers.get("host"))) return "The Host isn't one.";
  return "";
}

bool is_field_name(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

void append_one_line(std::string& out, std::string_view value) {
  const bool one_line = value.find('\r') == std::string_view::npos && value.find('\n') == std::string_view::npos;
  if (one_line) {
    out.append(value);
    return;
  }
  for (char c : value) {
    if (c != '\r' && c != '\n') out.push_back(c);
  }
}

}  // namespace millrace::server
