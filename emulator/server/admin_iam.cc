#include "emulator/server/admin_iam.h"

namespace millrace::server {

using protocol::HttpRequest;

void add_iam_routes(Admin& admin, iam::AccessAudit& audit) {
  admin.add("GET iam/audit",
            [&audit](const HttpRequest&, const Admin::Respond& respond) { respond(json_reply(200, audit.report())); });
  admin.add("GET iam/policy", [&audit](const HttpRequest& request, const Admin::Respond& respond) {
    const auto principal = protocol::query_value(protocol::parse_query(request.raw_query()), "principal");
    if (!principal)
      return respond(json_reply(400, {{"message", "iam/policy needs ?principal=<ARN of a user or role>"}}));
    respond(json_reply(200, audit.least_privilege_policy(*principal)));
  });
  admin.add("DELETE iam/audit", [&audit](const HttpRequest&, const Admin::Respond& respond) {
    audit.clear();
    respond(json_reply(200, audit.report()));
  });
}

}  // namespace millrace::server
