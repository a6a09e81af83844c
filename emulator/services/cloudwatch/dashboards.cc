// PutDashboard, GetDashboard, ListDashboards, DeleteDashboards. Kept and shown.

#include "emulator/base/arn.h"
#include "emulator/services/cloudwatch/state.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {

std::string dashboard_arn(const Call& call, const std::string& name) {
  return make_arn("cloudwatch", "", call.caller.account, "dashboard/" + name);
}
AwsError no_dashboard(const std::string& name) {
  return {errors::no_such, "Dashboard " + name + " does not exist."};
}

Access needs_on_dashboard(const char* action) {
  return needs(action, [](const Call& call) { return dashboard_arn(call, text_of(call.input, "DashboardName")); });
}

}  // namespace

Operation put_dashboard(CloudWatch& watch) {
  static const Shape input =
      structure({required("DashboardName", string().length(1, 255)), required("DashboardBody", string())});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const std::string name = text_of(call.input, "DashboardName"), body = text_of(call.input, "DashboardBody");
    if (name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != std::string::npos)
      return errors::invalid_value("The value " + name +
                                   " for field DashboardName contains invalid characters. It can only "
                                   "contain alphanumerics, dash (-) and underscore (_).\n");
    auto parsed = parse_json(body);
    if (!parsed || !parsed->is_object())
      return AwsError(errors::invalid_dashboard,
                      "The dashboard body is invalid, there are 1 validation errors: [ { \"message\": \"The dashboard "
                      "body must be a JSON object\" } ]");  // unverified: the words
    return watch.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      const Dashboard dashboard{name, dashboard_arn(call, name), body, seconds_of(watch.now()), body.size()};
      storage::put_model(txn, dashboard_key(call.caller.account, name), dashboard);
      return Json{{"DashboardValidationMessages", Json::array()}};
    });
  };
  return {.name = "PutDashboard",
          .input = &input,
          .access = needs_on_dashboard("PutDashboard"),
          .handle = JsonHandler(handle)};
}

Operation get_dashboard(CloudWatch& watch) {
  static const Shape input = structure({required("DashboardName", string())});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const std::string name = text_of(call.input, "DashboardName");
    const auto dashboard = storage::get_model<Dashboard>(watch.context.store, dashboard_key(call.caller.account, name));
    if (!dashboard) return no_dashboard(name);
    return Json{{"DashboardArn", dashboard->arn}, {"DashboardBody", dashboard->body}, {"DashboardName", name}};
  };
  return {.name = "GetDashboard",
          .input = &input,
          .access = needs_on_dashboard("GetDashboard"),
          .handle = JsonHandler(handle)};
}

Operation list_dashboards(CloudWatch& watch) {
  static const Shape input = structure({optional("DashboardNamePrefix", string())});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const std::string wanted = text_of(call.input, "DashboardNamePrefix");
    Json entries = Json::array();
    const std::string prefix = storage::document_key({"cloudwatch", call.caller.account, "dashboard"});
    for (const Dashboard& dashboard : storage::list_models<Dashboard>(watch.context.store, prefix)) {
      if (dashboard.name.starts_with(wanted)) entries.push_back(shown(dashboard));
    }
    return Json{{"DashboardEntries", std::move(entries)}};
  };
  return {.name = "ListDashboards", .input = &input, .access = needs("ListDashboards"), .handle = JsonHandler(handle)};
}

Operation delete_dashboards(CloudWatch& watch) {
  static const Shape input = structure({required("DashboardNames", list(string()))});
  auto handle = [&watch](Call& call) -> Result<Json> {
    return watch.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      for (const Json& name : call.input["DashboardNames"]) {
        const std::string key = dashboard_key(call.caller.account, name.get<std::string>());
        if (!storage::get_document(txn, key)) return no_dashboard(name.get<std::string>());
        txn.erase(storage::Family::meta, key);
      }
      return Json::object();
    });
  };
  return {.name = "DeleteDashboards",
          .input = &input,
          .access = needs("DeleteDashboards", [](const Call& call) { return dashboard_arn(call, "*"); }),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::cloudwatch
