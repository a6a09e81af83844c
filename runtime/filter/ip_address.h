#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::filter {

/// An IPv4 (size 4) or IPv6 (size 16) address, big-endian. An IPv6 address that maps an IPv4 one is that one.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};
  int size = 0;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

/// nullopt if the text isn't an address. Leading zeros of an IPv4 part are decimal; no zone ids.
std::optional<IpAddress> parse_ip(std::string_view text);

/// The block that a CIDR text such as "10.0.0.0/24" stands for: first and last address. On failure returns
/// nullopt and sets `problem` to the rule engine's reason. Masks of a single address (/32, /128) aren't
/// accepted there.
struct IpBlock {
  IpAddress first;
  IpAddress last;
  bool contains(const IpAddress& ip) const { return ip.size == first.size && first <= ip && ip <= last; }
};
std::optional<IpBlock> parse_cidr(std::string_view text, std::string& problem);

}  // namespace millrace::filter
