#include "emulator/server/browser_guard.h"

#include <arpa/inet.h>

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/protocol/own_names.h"

namespace millrace::server {

using protocol::HttpRequest;

bool is_loopback_name(std::string_view name) {
  if (name == "localhost" || name == "::1") return true;
  if (name.ends_with(".localhost")) {
    // A browser writes nothing else; what it didn't write isn't believed.
    return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") == std::string_view::npos;
  }
  in_addr address{};
  return inet_pton(AF_INET, std::string(name).c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

bool BrowserGuard::origin_is_ours(std::string_view origin) const {
  const std::string lower = to_lower(origin);
  if (std::find(more_origins_.begin(), more_origins_.end(), lower) != more_origins_.end()) return true;
  std::string_view host = lower;
  if (host.starts_with("http://"))
    host.remove_prefix(7);
  else if (host.starts_with("https://"))
    host.remove_prefix(8);
  else
    return false;
  size_t name_end = host.starts_with('[') ? host.find(']') : host.find(':');
  if (name_end == std::string_view::npos) return !host.starts_with('[') && is_loopback_name(host);
  const bool bracketed = host.starts_with('[');
  std::string_view name = bracketed ? host.substr(1, name_end - 1) : host.substr(0, name_end);
  std::string_view rest = host.substr(name_end + (bracketed ? 1 : 0));
  const bool port = rest.starts_with(':') && rest.substr(1).find_first_not_of("0123456789") == std::string_view::npos;
  return (rest.empty() || port) && is_loopback_name(name);
}

BrowserGuard::Sender BrowserGuard::sender(const HttpRequest& head) const {
  if (head.headers.has("origin"))
    return origin_is_ours(head.headers.get("origin")) ? Sender::trusted : Sender::foreign_page;
  const std::string_view site = head.headers.get("sec-fetch-site");
  if (site.empty() || site == "none" || site == "same-origin") return Sender::trusted;
  // Of the same site is whatever runs on this machine if the emulator is asked by a name of this machine.
  if (site == "same-site" && is_loopback_name(protocol::host_name(head.headers.get("host")))) return Sender::trusted;
  return Sender::foreign_link;
}

std::string BrowserGuard::refusal(const HttpRequest& head) {
  const std::string_view origin = head.headers.get("origin");
  if (origin == "null") return "Requests from web pages without an origin are refused.";
  if (!head.headers.has("origin")) return "Requests that a browser sends for another site's page are refused.";
  return "Requests from web pages of '" + std::string(origin) +
         "' are refused. Start the emulator with --allow-origin " + std::string(origin) + " to let them in.";
}

bool BrowserGuard::is_navigation(const HttpRequest& head) {
  if (head.headers.has("origin")) return false;
  // Older browsers don't say what they fetch for; all of them call themselves Mozilla.
  return head.headers.has("sec-fetch-site") || head.headers.get("user-agent").starts_with("Mozilla/");
}

}  // namespace millrace::server
