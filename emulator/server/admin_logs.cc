#include "emulator/server/admin_logs.h"

namespace millrace::server {

using protocol::HttpRequest;

void add_logs_routes(Admin& admin, const logs::Room& logs, DefaultPlace place) {
  admin.add("GET log-metrics",
            [metrics = logs.metrics, place](const HttpRequest& request, const Admin::Respond& respond) {
              protocol::QueryParameters query = protocol::parse_query(request.raw_query());
              std::string account = protocol::query_value(query, "account").value_or(place.account);
              respond(json_reply(
                  200, {{"metrics", metrics(account, protocol::query_value(query, "region").value_or(place.region))}}));
            });
}

}  // namespace millrace::server
