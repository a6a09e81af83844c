#pragma once
// Which URLs are on this machine: whatever sends requests on customers' behalf by itself sends to those alone.

#include <string>
#include <string_view>

namespace millrace {

/// `a.b.c` of `https://user@a.b.c:80/path`, an IPv6 address without its brackets; empty for what is no URL.
std::string host_of_url(std::string_view url);
/// True for localhost, *.localhost, 127.0.0.0/8 and ::1.
bool is_loopback_url(std::string_view url);

}  // namespace millrace
