#include "emulator/protocol/own_names.h"

#include <algorithm>

#include "emulator/base/encoding.h"

namespace millrace::protocol {

namespace {

// The longest first. The second resolves to 127.0.0.1 in public DNS, by its owner's hand alone.
constexpr std::string_view kLocalNames[] = {"localhost.localstack.cloud", "localhost.localdomain",
                                            "host.docker.internal", "localhost"};
constexpr std::string_view kAwsNames[] = {"amazonaws.com", "amazonaws.com.cn", "on.aws", "api.aws"};

// What models write before the endpoint's host without a dot (`hostPrefix`), to tell services' planes apart.
constexpr std::string_view kGluedPrefixes[] = {"sync-",  "streaming-", "data-",
                                               "query-", "storage-",   "control-storage-"};

/// Where the last four labels of `name` begin if they are an IPv4 address, else npos.
size_t address_at_end(std::string_view name) {
  size_t begin = name.size();
  for (int number = 0; number < 4; ++number) {
    if (begin == 0) return std::string_view::npos;
    const size_t end = number == 0 ? name.size() : begin - 1;
    const size_t dot = end == 0 ? std::string_view::npos : name.rfind('.', end - 1);
    size_t from = dot == std::string_view::npos ? 0 : dot + 1;
    // The first number may follow a prefix: "sync-127.0.0.1".
    const size_t digits = name.substr(from, end - from).find_last_not_of("0123456789");
    if (digits != std::string_view::npos) {
      if (number < 3) return std::string_view::npos;
      from += digits + 1;
    }
    if (end == from || end - from > 3 || std::stoi(std::string(name.substr(from, end - from))) > 255)
      return std::string_view::npos;
    begin = from;
  }
  return begin;
}

/// The labels before an own name, without prefixes that are glued to it; nullopt if they aren't labels.
std::optional<std::string> labels_of(std::string_view before) {
  if (before.empty()) return "";
  if (before.back() == '.') return std::string(before.substr(0, before.size() - 1));
  for (std::string_view prefix : kGluedPrefixes) {
    if (before == prefix) return "";
    if (before.ends_with(prefix) && before[before.size() - prefix.size() - 1] == '.')
      return std::string(before.substr(0, before.size() - prefix.size() - 1));
  }
  return std::nullopt;
}

std::optional<HostParts> split_at(std::string_view name, size_t own_begin, bool aws) {
  auto labels = labels_of(name.substr(0, own_begin));
  if (!labels) return std::nullopt;
  return HostParts{std::move(*labels), std::string(name.substr(own_begin)), aws};
}

std::optional<HostParts> split_before(std::string_view name, std::string_view own, bool aws) {
  if (!name.ends_with(own)) return std::nullopt;
  return split_at(name, name.size() - own.size(), aws);
}

}  // namespace

bool HostParts::has(std::string_view label) const {
  return ("." + labels + ".").find("." + std::string(label) + ".") != std::string::npos;
}

std::string host_name(std::string_view authority) {
  if (authority.starts_with('[')) return to_lower(authority.substr(1, authority.find(']') - 1));
  std::string name = to_lower(authority.substr(0, authority.find(':')));
  if (name.size() > 1 && name.back() == '.') name.pop_back();
  return name;
}

bool is_address(std::string_view name) {
  return name.find(':') != std::string_view::npos ||
         (!name.empty() && name.find_first_not_of("0123456789.") == std::string_view::npos);
}

OwnNames::OwnNames(std::vector<std::string> more) {
  for (const std::string& name : more) more_.push_back(host_name(name));
  std::sort(more_.begin(), more_.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

bool OwnNames::holds(std::string_view authority) const {
  // What nearly every request says, without a copy of it.
  for (std::string_view usual : {"127.0.0.1", "localhost"}) {
    if (authority.starts_with(usual) && (authority.size() == usual.size() || authority[usual.size()] == ':'))
      return true;
  }
  return parts(authority).has_value();
}

std::optional<HostParts> OwnNames::parts(std::string_view authority) const {
  if (const size_t bracket = authority.find('['); bracket != std::string_view::npos) {
    auto labels = labels_of(to_lower(authority.substr(0, bracket)));
    if (!labels) return std::nullopt;
    return HostParts{std::move(*labels), host_name(authority.substr(bracket)), false};
  }
  const std::string name = host_name(authority);
  if (name.empty()) return HostParts{};
  for (const std::string& own : more_) {
    if (auto parts = split_before(name, own, false)) return parts;
  }
  // No name in DNS ends in a number: an address, and what stands before one, can't be a stranger's.
  if (const size_t begin = address_at_end(name); begin != std::string::npos) return split_at(name, begin, false);
  if (is_address(name)) return HostParts{"", name, false};
  for (std::string_view own : kLocalNames) {
    if (auto parts = split_before(name, own, false)) return parts;
  }
  for (std::string_view own : kAwsNames) {
    if (name != own && name.ends_with("." + std::string(own))) return split_before(name, own, true);
  }
  return std::nullopt;
}

}  // namespace millrace::protocol
