#include "emulator/base/lineage.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

namespace millrace {

namespace {

constexpr std::string_view kMember = "Lineage=";
constexpr size_t kFunctionsMax = 8;  // of one chain; ours. The one that was left longest goes first

struct Passed {
  std::string function;
  int64_t count = 0;
};

/// FNV-1a of 32 bits: enough to tell the functions of one chain apart.
std::string digits_of(std::string_view function_arn) {
  uint32_t hash = 2166136261;
  for (unsigned char c : function_arn) hash = (hash ^ c) * 16777619;
  return fmt::format("{:08x}", hash);
}

std::string_view lineage_in(std::string_view header) {
  const size_t at = header.find(kMember);
  if (at == std::string_view::npos) return {};
  header.remove_prefix(at + kMember.size());
  return header.substr(0, header.find(';'));
}

std::vector<Passed> parse(std::string_view text) {
  std::vector<Passed> out;
  while (!text.empty()) {
    const size_t end = text.find(',');
    std::string_view one = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const size_t first = one.find(':'), last = one.rfind(':');
    if (first == std::string_view::npos || first == last) continue;
    Passed passed{std::string(one.substr(first + 1, last - first - 1))};
    const char* const stop = one.data() + one.size();
    const auto read = std::from_chars(one.data() + last + 1, stop, passed.count);
    if (read.ec == std::errc() && read.ptr == stop && passed.count >= 0 && passed.count < INT32_MAX)
      out.push_back(std::move(passed));
  }
  return out;
}

}  // namespace

int64_t times_through(std::string_view trace_header, std::string_view function_arn) {
  const std::string_view lineage = lineage_in(trace_header);
  if (lineage.empty()) return 0;
  const std::string digits = digits_of(function_arn);
  for (const Passed& passed : parse(lineage)) {
    if (passed.function == digits) return passed.count + 1;
  }
  return 0;
}

std::string gone_through(std::string_view trace_header, std::string_view function_arn, std::string_view root) {
  const std::string digits = digits_of(function_arn);
  std::vector<Passed> chain = parse(lineage_in(trace_header));
  std::erase_if(chain, [&](const Passed& passed) { return passed.function == digits; });
  while (chain.size() >= kFunctionsMax) chain.erase(chain.begin());
  chain.push_back({digits, times_through(trace_header, function_arn)});
  std::string out;
  for (std::string_view left = trace_header; !left.empty();) {
    const size_t end = left.find(';');
    const std::string_view member = left.substr(0, end);
    left.remove_prefix(end == std::string_view::npos ? left.size() : end + 1);
    if (member.empty() || member.starts_with(kMember)) continue;
    out.append(out.empty() ? "" : ";").append(member);
  }
  if (out.find("Root=") == std::string::npos) out = root;
  for (size_t i = 0; i < chain.size(); ++i)
    out += fmt::format("{}1:{}:{}", i == 0 ? ";Lineage=" : ",", chain[i].function, chain[i].count);
  return out;
}

std::string without_lineage(std::string_view trace_header) {
  std::string out;
  while (!trace_header.empty()) {
    const size_t end = trace_header.find(';');
    const std::string_view member = trace_header.substr(0, end);
    trace_header.remove_prefix(end == std::string_view::npos ? trace_header.size() : end + 1);
    if (member.starts_with(kMember)) continue;
    if (!out.empty()) out += ';';
    out += member;
  }
  return out;
}

}  // namespace millrace
