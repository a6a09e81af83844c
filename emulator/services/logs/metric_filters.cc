// PutMetricFilter, DescribeMetricFilters, DeleteMetricFilter, TestMetricFilter.

#include "emulator/services/logs/metric_filters.h"

#include "emulator/ports/metric_units.h"
#include "emulator/services/logs/filter_pattern.h"
#include "emulator/services/logs/group_filters.h"
#include "emulator/services/logs/paging.h"
#include "emulator/storage/document_form.h"

namespace millrace::logs {

using namespace protocol;

namespace {

constexpr FilterKind kKind{metric_filter_key, &LogGroup::metric_filters, 100,
                           "The specified metric filter does not exist."};
constexpr size_t kDimensionsMax = 3;

Shape transformation_shape() {
  return structure({
                       required("metricName", string().length(-1, 255).pattern("[^:*$]*")),
                       required("metricNamespace", string().length(-1, 255).pattern("[^:*$]*")),
                       required("metricValue", string().length(-1, 100)),
                       protocol::optional("defaultValue", number()),
                       protocol::optional("unit", string().one_of(ports::metric_units())),
                       protocol::optional("dimensions", map(string().length(0, 255)).keys(string().length(0, 255))),
                   })
      .named("MetricTransformation");
}

/// What the constraints can't say. unverified: the wordings, but for dimensions beside a default value.
Result<void> check_transformation(const Json& transformation, const std::string& pattern) {
  std::string value = text_of(transformation, "metricValue");
  char* end = nullptr;
  std::strtod(value.c_str(), &end);
  bool is_number = !value.empty() && *end == '\0';
  if (!is_number && !value.starts_with('$'))
    return AwsError(
        errors::invalid_parameter,
        "Invalid metric transformation: metricValue must be a number or a field reference, but was '" + value + "'");
  const Json* dimensions = find(transformation, "dimensions");
  if (!dimensions || dimensions->empty()) return {};
  if (find(transformation, "defaultValue"))
    return AwsError(errors::invalid_parameter,
                    "Invalid metric transformation: dimensions and default value are mutually exclusive properties.");
  if (dimensions->size() > kDimensionsMax)
    return AwsError(errors::invalid_parameter,
                    "Invalid metric transformation: a metric can have at most 3 dimensions.");
  bool has_fields = pattern.find_first_not_of(" \t") != std::string::npos &&
                    (pattern.find('{') != std::string::npos || pattern.find('[') != std::string::npos);
  if (!has_fields)
    return AwsError(errors::invalid_parameter, "The specified filter pattern does not support dimensions");
  return {};
}

MetricFilter new_filter(const Json& input, Millis created_ms) {
  MetricFilter out{.name = text_of(input, "filterName"), .group = text_of(input, "logGroupName")};
  out.pattern = text_of(input, "filterPattern");
  Json transformation;
  for (const char* member : {"metricName", "metricNamespace", "metricValue", "defaultValue", "unit", "dimensions"}) {
    if (const Json* value = find(input["metricTransformations"][0], member)) transformation[member] = *value;
  }
  if (transformation.contains("defaultValue"))  // a double, which AWS shows as 0.0 also where 0 was given
    transformation["defaultValue"] = transformation["defaultValue"].get<double>();
  out.transformations.push_back(std::move(transformation));
  out.created_ms = created_ms;
  out.apply_on_transformed = bool_of(input, "applyOnTransformedLogs");
  out.selection = optional_text(input, "fieldSelectionCriteria");
  if (const Json* fields = find(input, "emitSystemFieldDimensions")) out.system_field_dimensions = *fields;
  return out;
}

}  // namespace

std::string metric_filter_key(const Place& place, std::string_view group, std::string_view name) {
  return storage::document_key({"logs", place.account, place.region, "metric_filter", group, name});
}
std::string metric_filter_prefix(const Place& place, std::string_view group) {
  if (group.empty()) return storage::document_key({"logs", place.account, place.region, "metric_filter"});
  return storage::document_key({"logs", place.account, place.region, "metric_filter", group});
}

Operation put_metric_filter(Logs& logs) {
  static const Shape input = structure({
      required("logGroupName", group_name_shape()),
      required("filterName", filter_name_shape()),
      required("filterPattern", string().length(0, 1024)),
      required("metricTransformations", list(transformation_shape()).length(1, 1)),
      protocol::optional("applyOnTransformedLogs", boolean()),
      protocol::optional("fieldSelectionCriteria", string().length(0, 2000)),
      protocol::optional("emitSystemFieldDimensions", list(string())),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    std::string group_name = text_of(call.input, "logGroupName"), pattern = text_of(call.input, "filterPattern");
    TRY(LogGroup group, find_group(logs.context.store, place, group_name));
    TRY_VOID(standard_class_only(group));
    TRY_VOID(FilterPattern::compile(pattern));
    TRY_VOID(check_transformation(call.input["metricTransformations"][0], pattern));
    return put_filter(logs, call, kKind,
                      [&](Millis created_ms) { return storage::to_document(new_filter(call.input, created_ms)); });
  };
  return {.name = "PutMetricFilter",
          .input = &input,
          .access = group_access("PutMetricFilter"),
          .handle = JsonHandler(handle)};
}

Operation describe_metric_filters(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("logGroupName", group_name_shape()),
      protocol::optional("filterNamePrefix", filter_name_shape()),
      protocol::optional("nextToken", string().length(1, -1)),
      protocol::optional("limit", integer().range(1, 50)),
      protocol::optional("metricName", string().length(-1, 255).pattern("[^:*$]*")),
      protocol::optional("metricNamespace", string().length(-1, 255).pattern("[^:*$]*")),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    std::string group_name = text_of(call.input, "logGroupName"), prefix = text_of(call.input, "filterNamePrefix");
    auto metric = optional_text(call.input, "metricName"), space = optional_text(call.input, "metricNamespace");
    // unverified: the wording.
    if (metric.has_value() != space.has_value())
      return AwsError(errors::invalid_parameter, "metricName and metricNamespace must be specified together.");
    if (!group_name.empty()) {
      TRY(LogGroup group, find_group(logs.context.store, place, group_name));
      TRY_VOID(standard_class_only(group));
    }
    return page_of(logs.context.store, metric_filter_prefix(place, group_name), call.input, "metricFilters",
                   [&](const Json& document) -> std::optional<Json> {
                     const auto filter = storage::from_document<MetricFilter>(document);
                     if (!filter || !filter->name.starts_with(prefix)) return std::nullopt;
                     const Json& transformation = filter->transformations.at(0);
                     if (metric && (text_of(transformation, "metricName") != *metric ||
                                    text_of(transformation, "metricNamespace") != *space))
                       return std::nullopt;
                     return storage::shown(*filter);
                   });
  };
  return {.name = "DescribeMetricFilters",
          .input = &input,
          .access = group_access("DescribeMetricFilters"),
          .handle = JsonHandler(handle)};
}

Operation delete_metric_filter(Logs& logs) {
  return delete_filter(logs, "DeleteMetricFilter", kKind);
}

Operation test_metric_filter(Logs&) {
  static const Shape input = structure({
      required("filterPattern", string().length(0, 1024)),
      required("logEventMessages", list(string().length(1, -1)).length(1, 50)),
  });
  auto handle = [](Call& call) -> Result<Json> {
    TRY(auto pattern, FilterPattern::compile(text_of(call.input, "filterPattern")));
    Json matches = Json::array();
    int64_t number = 0;
    for (const Json& message : call.input["logEventMessages"]) {
      ++number;
      const auto& text = message.get_ref<const std::string&>();
      if (pattern->matches(text))
        matches.push_back(
            {{"eventNumber", number}, {"eventMessage", text}, {"extractedValues", Json(pattern->extract(text))}});
    }
    return Json{{"matches", std::move(matches)}};
  };
  return {.name = "TestMetricFilter",
          .input = &input,
          .access = anywhere_access("TestMetricFilter"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
