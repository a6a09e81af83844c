#include "emulator/server/proxy_form.h"

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/base/json.h"
#include "emulator/protocol/service.h"

namespace millrace::server {

using protocol::HttpReply;
using protocol::HttpRequest;

namespace {

HttpReply no_tunnel() {
  HttpReply reply;
  reply.status = 405;
  reply.headers.set("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  reply.headers.set("Content-Type", "text/plain");
  reply.body = std::string(kNoTunnel) + ".\n";
  reply.close = true;
  return reply;
}

/// In words that a person reads and an SDK parses.
HttpReply misdirected(const HttpRequest& head, std::string_view authority) {
  const std::string text =
      "millrace is set as HTTP_PROXY, for the names that clients make of its own address, but does "
      "not forward to " +
      std::string(authority) + "; unset HTTP_PROXY or add " + protocol::host_name(authority) + " to NO_PROXY.";
  HttpReply reply;
  reply.status = 421;
  if (head.headers.has("x-amz-target")) {
    reply.headers.set("Content-Type", "application/x-amz-json-1.1");
    reply.headers.set("x-amzn-ErrorType", "MisdirectedRequest");
    reply.body = to_text(Json{{"__type", "MisdirectedRequest"}, {"message", text}});
    return reply;
  }
  reply.headers.set("Content-Type", "text/xml");
  reply.body = "<ErrorResponse><Error><Type>Sender</Type><Code>MisdirectedRequest</Code><Message>";
  protocol::append_xml_text(reply.body, text);
  reply.body += "</Message></Error></ErrorResponse>";
  return reply;
}

/// What stands behind "http://" in a target; empty if it isn't in absolute form.
std::string_view behind_scheme(std::string_view target) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (equals_ignore_case(target.substr(0, scheme.size()), scheme)) return target.substr(scheme.size());
  }
  return {};
}

}  // namespace

std::optional<HttpReply> take_proxy_form(HttpRequest& head, const protocol::OwnNames& names) {
  if (head.target.starts_with('/')) return std::nullopt;
  if (head.method == "CONNECT") return no_tunnel();
  const std::string_view rest = behind_scheme(head.target);
  if (rest.empty()) return std::nullopt;
  const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view authority = rest.substr(0, end);
  if (const size_t user = authority.rfind('@'); user != std::string_view::npos) authority.remove_prefix(user + 1);
  if (authority.empty() || !names.parts(authority)) return misdirected(head, authority);
  head.headers.set("Host", authority);
  std::string target(rest.substr(end));
  if (!target.starts_with('/')) target.insert(0, "/");
  head.target = std::move(target);
  return std::nullopt;
}

}  // namespace millrace::server
