#include "emulator/protocol/http_events.h"

#include <fmt/format.h>

#include "emulator/base/encoding.h"

namespace millrace::protocol {

std::string log_time(Millis t) {
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const CalendarTime c = calendar(t);
  return fmt::format("{:02}/{}/{:04}:{:02}:{:02}:{:02} +0000", c.day, kMonths[(c.month - 1) % 12], c.year, c.hour,
                     c.minute, c.second);
}

bool is_text_body(const HttpRequest& request) {
  if (!is_valid_utf8(request.body)) return false;
  std::string type = to_lower(request.headers.get("content-type"));
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  if (type.empty() || type.starts_with("text/")) return true;
  for (const char* known : {"application/json", "application/xml", "application/javascript"}) {
    if (type == known) return true;
  }
  return type.ends_with("+json") || type.ends_with("+xml");
}

Json iam_context(const Caller& caller) {
  Json iam = {{"accessKey", caller.access_key_id}, {"accountId", caller.account}, {"callerId", caller.user_id},
              {"cognitoIdentity", nullptr},        {"principalOrgId", nullptr},   {"userArn", caller.principal_arn},
              {"userId", caller.user_id}};
  Json out = Json::object();
  out["iam"] = std::move(iam);
  return out;
}

std::string source_ip(const HttpRequest& request) {
  const std::string address = request.peer.substr(0, request.peer.rfind(':'));
  return address.empty() ? "127.0.0.1" : address;
}

}  // namespace millrace::protocol
