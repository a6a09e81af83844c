#include "runtime/filter/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace millrace::filter {

namespace {

std::optional<IpAddress> parse_ipv4(std::string_view text) {
  constexpr size_t length_max = 15;
  if (text.size() > length_max) return std::nullopt;
  IpAddress ip;
  ip.size = 4;
  for (int i = 0; i < 4; ++i) {
    unsigned part = 256;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part);
    if (error != std::errc() || part > 255) return std::nullopt;
    ip.bytes[i] = static_cast<uint8_t>(part);
    text.remove_prefix(end - text.data());
    if (i < 3) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
  }
  if (!text.empty()) return std::nullopt;
  return ip;
}

std::optional<IpAddress> parse_ipv6(std::string_view text) {
  constexpr size_t length_max = 39;  // eight groups of four and seven colons
  if (text.size() > length_max) return std::nullopt;
  IpAddress ip;
  ip.size = 16;
  if (inet_pton(AF_INET6, std::string(text).c_str(), ip.bytes.data()) != 1) return std::nullopt;
  bool mapped = std::all_of(ip.bytes.begin(), ip.bytes.begin() + 10, [](uint8_t b) { return b == 0; }) &&
                ip.bytes[10] == 0xFF && ip.bytes[11] == 0xFF;
  if (!mapped) return ip;
  IpAddress v4;
  v4.size = 4;
  std::copy(ip.bytes.begin() + 12, ip.bytes.end(), v4.bytes.begin());
  return v4;
}

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
  if (text.find_first_not_of("0123456789.") == std::string_view::npos) return parse_ipv4(text);
  if (text.find(':') != std::string_view::npos &&
      text.find_first_not_of("0123456789abcdefABCDEF:") == std::string_view::npos) {
    return parse_ipv6(text);
  }
  return std::nullopt;
}

std::optional<IpBlock> parse_cidr(std::string_view text, std::string& problem) {
  std::string_view whole = text;
  while (whole.ends_with('/')) whole.remove_suffix(1);  // the engine's split drops empty parts at the end
  size_t slash = whole.find('/');
  if (slash == std::string_view::npos || whole.find('/', slash + 1) != std::string_view::npos) {
    problem = "Malformed CIDR, one '/' required";
    return std::nullopt;
  }
  std::string_view mask_text = whole.substr(slash + 1);
  if (mask_text.starts_with('+')) mask_text.remove_prefix(1);
  int mask = -1;
  auto [end, error] = std::from_chars(mask_text.data(), mask_text.data() + mask_text.size(), mask);
  if (error != std::errc() || end != mask_text.data() + mask_text.size()) {
    problem = "Malformed CIDR, mask bits must be an integer";
    return std::nullopt;
  }
  if (mask < 0) {
    problem = "Malformed CIDR, mask bits must not be negative";
    return std::nullopt;
  }
  auto ip = parse_ip(whole.substr(0, slash));
  if (!ip) {
    problem = "Nonstandard IP address: " + std::string(whole.substr(0, slash));
    return std::nullopt;
  }
  if (mask >= ip->size * 8) {
    problem = ip->size == 4 ? "IPv4 mask bits must be < 32" : "IPv6 mask bits must be < 128";
    return std::nullopt;
  }
  IpBlock block{*ip, *ip};
  for (int i = 0; i < ip->size; ++i) {
    int free_bits = std::clamp((i + 1) * 8 - mask, 0, 8);
    auto host = static_cast<uint8_t>((1 << free_bits) - 1);
    block.first.bytes[i] &= static_cast<uint8_t>(~host);
    block.last.bytes[i] |= host;
  }
  return block;
}

}  // namespace millrace::filter
