#include "emulator/services/iam/admin_routes.h"

namespace millrace::iam {

using protocol::HttpRequest;

std::vector<AdminRoute> admin_routes(AccessAudit& audit) {
  auto policy = [&audit](const HttpRequest& request, const AdminRespond& respond) {
    const auto principal = protocol::query_value(protocol::parse_query(request.raw_query()), "principal");
    if (!principal)
      return respond(json_reply(400, {{"message", "iam/policy needs ?principal=<ARN of a user or role>"}}));
    const auto fitting = audit.least_privilege_policy(*principal);
    if (!fitting)
      return respond(json_reply(404, {{"message", "Nothing is known of " + *principal +
                                                      ": it did nothing since this server's start under --iam audit, "
                                                      "and was refused nothing under --iam on"}}));
    protocol::HttpReply reply = json_reply(200, *fitting);
    reply.headers.set("X-Millrace-Since", iso_millis(audit.since()));
    respond(std::move(reply));
  };
  auto report = [&audit](const HttpRequest&, const AdminRespond& respond) { respond(json_reply(200, audit.report())); };
  auto clear = [&audit](const HttpRequest&, const AdminRespond& respond) {
    audit.clear();
    respond(json_reply(200, audit.report()));
  };
  return {{"GET iam/audit", report}, {"GET iam/policy", policy}, {"DELETE iam/audit", clear}};
}

}  // namespace millrace::iam
