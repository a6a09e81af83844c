#include "emulator/base/loopback.h"

namespace millrace {

std::string host_of_url(std::string_view url) {
  const size_t begin = url.find("://");
  if (begin == std::string_view::npos) return "";
  std::string authority(url.substr(begin + 3, url.find_first_of("/?#", begin + 3) - begin - 3));
  if (const size_t user = authority.rfind('@'); user != std::string::npos) authority.erase(0, user + 1);
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

bool is_loopback_url(std::string_view url) {
  const std::string host = host_of_url(url);
  const bool address = host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
  return address || host == "::1" || host == "localhost" || host.ends_with(".localhost");
}

}  // namespace millrace
