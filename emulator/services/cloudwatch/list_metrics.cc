#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/cloudwatch/state.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {

constexpr size_t kPageMax = 500;
constexpr int64_t kRecentS = 3 * 3600;

/// Every dimension that is asked for is there, with its value where one is given.
bool has_dimensions(const Json& metric, const Json& wanted) {
  for (const Json& filter : wanted) {
    const bool there =
        std::any_of(metric.at("Dimensions").begin(), metric.at("Dimensions").end(), [&](const Json& one) {
          return text_of(one, "Name") == text_of(filter, "Name") &&
                 (!find(filter, "Value") || text_of(one, "Value") == text_of(filter, "Value"));
        });
    if (!there) return false;
  }
  return true;
}

}  // namespace

Operation list_metrics(CloudWatch& watch) {
  static const Shape input =
      structure({optional("Namespace", namespace_shape()), optional("MetricName", string().length(1, 255)),
                 optional("Dimensions", list(structure({required("Name", string().length(1, 255)),
                                                        optional("Value", string().length(1, 1024))}))
                                            .length(0, 10)),
                 optional("RecentlyActive", string().one_of({"PT3H"}))});
  auto handle = [&watch](Call& call) -> Result<Json> {
    watch.counts.flush();
    const Scope scope = scope_of(call);
    const std::string name_space = text_of(call.input, "Namespace"), name = text_of(call.input, "MetricName");
    const Json dimensions = call.input.value("Dimensions", Json::array());
    const bool recent = find(call.input, "RecentlyActive");
    const std::string prefix = storage::document_key({"cloudwatch", scope.account, scope.region, "metric"});
    auto pager = Pager::open(list_name(call), text_of(call.input, "NextToken"), kPageMax);
    if (!pager) return AwsError(errors::invalid_token, "The specified nextToken is invalid.");
    Json metrics = Json::array();
    storage::each_document(watch.context.store, prefix, pager->after(), [&](std::string_view key, const Json& metric) {
      if (!name_space.empty() && text_of(metric, "Namespace") != name_space) return true;
      if (!name.empty() && text_of(metric, "MetricName") != name) return true;
      // A metric's last use is known to the hour.
      if (recent && int_of(metric, "_seen_s") + kRecentS + 3600 < watch.now() / 1000) return true;
      if (!has_dimensions(metric, dimensions)) return true;
      if (pager->takes(key)) metrics.push_back(storage::without_ours(metric));
      return !pager->is_full();
    });
    Json answer{{"Metrics", std::move(metrics)}};
    if (auto next = pager->next_token()) answer["NextToken"] = std::move(*next);
    return answer;
  };
  return {.name = "ListMetrics", .input = &input, .access = needs("ListMetrics"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::cloudwatch
