#include "emulator/services/logs/admin_routes.h"

namespace millrace::logs {

std::vector<AdminRoute> admin_routes(const Room& logs, std::string default_account, std::string default_region) {
  auto metrics = [read = logs.metrics, account = std::move(default_account), region = std::move(default_region)](
                     const protocol::HttpRequest& request, const AdminRespond& respond) {
    protocol::QueryParameters query = protocol::parse_query(request.raw_query());
    Json found = read(protocol::query_value(query, "account").value_or(account),
                      protocol::query_value(query, "region").value_or(region));
    respond(json_reply(200, {{"metrics", std::move(found)}}));
  };
  return {{"GET log-metrics", metrics}};
}

}  // namespace millrace::logs
