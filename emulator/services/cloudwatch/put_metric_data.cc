#include <cmath>

#include "emulator/services/cloudwatch/alarms.h"
#include "emulator/services/cloudwatch/state.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {

constexpr size_t kDataMax = 1000;
constexpr int64_t kPastMaxS = 14 * 86'400;
constexpr int64_t kFutureMaxS = 2 * 3600;
constexpr size_t kValuesMax = 150;

std::string member(size_t index, const char* name) {
  return "MetricData.member." + std::to_string(index) + "." + name;
}

/// Of Value, Values and StatisticValues one may be given.
Result<void> check_forms(const Json& datum, size_t index) {
  for (const char* other : {"Values", "StatisticValues"}) {
    if (find(datum, "Value") && find(datum, other))
      return errors::combination("The parameters " + member(index, "Value") + " and " + member(index, other) +
                                 " are mutually exclusive and you have specified both.");
  }
  const Json* values = find(datum, "Values");
  const Json* counts = find(datum, "Counts");
  if (values && counts && values->size() != counts->size())
    return errors::invalid_value("The parameters " + member(index, "Values") + " and " + member(index, "Counts") +
                                 " must be of the same size.");
  if (values && values->size() > kValuesMax)
    return errors::invalid_value("The collection " + member(index, "Values") +
                                 " must not have a size greater than 150.");
  if (!values && !find(datum, "Value") && !find(datum, "StatisticValues"))
    return AwsError(errors::missing_kind,
                    "At least one of the parameters must be specified.");  // unverified: the words
  return {};
}

Result<Bucket> bucket_of(const Json& datum, size_t index) {
  TRY_VOID(check_forms(datum, index));
  Bucket out;
  auto add = [&](const Json& value, double times) -> Result<void> {
    if (!value.is_number() || !std::isfinite(value.get<double>()))
      return errors::invalid_value("The value for parameter " + member(index, "Value") + " is not a number.");
    out.add(value.get<double>(), times);
    return {};
  };
  if (const Json* set = find(datum, "StatisticValues")) {
    out.count = number_of(*set, "SampleCount");
    out.sum = number_of(*set, "Sum");
    out.minimum = number_of(*set, "Minimum");
    out.maximum = number_of(*set, "Maximum");
    if (out.minimum > out.maximum || out.count < 0)
      return errors::invalid_value("The parameter " + member(index, "StatisticValues") + " is not valid.");
    out.has_values = out.count == 1 || out.minimum == out.maximum;
    if (out.has_values) out.values[out.minimum] = out.count;
  } else if (const Json* values = find(datum, "Values")) {
    const Json* counts = find(datum, "Counts");
    for (size_t i = 0; i < values->size(); ++i)
      TRY_VOID(add((*values)[i], counts && (*counts)[i].is_number() ? (*counts)[i].get<double>() : 1));
  } else {
    TRY_VOID(add(*find(datum, "Value"), 1));
  }
  return out;
}

Result<Datum> datum_of(const Call& call, const Json& given, size_t index, int64_t now_s) {
  Datum out;
  out.metric = metric_of(scope_of(call), given);
  out.metric.name_space = text_of(call.input, "Namespace");
  out.unit = text_of(given, "Unit", "None");
  out.high_resolution = number_of(given, "StorageResolution", 60) == 1;
  out.at_s = find(given, "Timestamp") ? time_s(given, "Timestamp") : now_s;
  if (out.at_s < now_s - kPastMaxS || out.at_s > now_s + kFutureMaxS)
    return errors::invalid_value("The parameter " + member(index, "Timestamp") +
                                 " must specify a time within the past two weeks");
  TRY(out.bucket, bucket_of(given, index));
  return out;
}

}  // namespace

Operation put_metric_data(CloudWatch& watch) {
  static const Shape datum =
      structure({required("MetricName", string().length(1, 255)), optional("Dimensions", dimensions_shape()),
                 optional("Value", number()), optional("Values", list(number())), optional("Counts", list(number())),
                 optional("StatisticValues", structure({}))});
  static const Shape input = structure({required("Namespace", namespace_shape()), optional("MetricData", list(datum))});
  static const Shape unit = structure({optional("Unit", unit_shape())});
  auto handle = [&watch](Call& call) -> Result<Json> {
    if (!find(call.input, "MetricData") && !find(call.input, "EntityMetricData"))
      return AwsError(errors::missing_kind, "The parameter MetricData is required.");
    const Json given = call.input.value("MetricData", Json::array());
    if (given.size() > kDataMax)
      return errors::invalid_value("The collection MetricData must not have a size greater than 1000.");
    const int64_t now_s = watch.now() / 1000;
    std::vector<Datum> data;
    for (size_t i = 0; i < given.size(); ++i) {
      if (check_input(unit, given[i]))
        return errors::invalid_value("The parameter " + member(i + 1, "Unit") + " must be a value in the set [ " +
                                     all_units() + " ].");
      TRY(Datum one, datum_of(call, given[i], i + 1, now_s));
      data.push_back(std::move(one));
    }
    TRY_VOID(watch.context.store.transact([&](storage::Txn& txn) -> Result<void> {
      write_points(txn, data, now_s);
      return {};
    }));
    evaluate_early(watch, scope_of(call), data);
    return Json();
  };
  auto access = [](const Call& call) -> Result<AccessNeeds> {
    return AccessNeeds{
        {"cloudwatch:PutMetricData", "*", {{"cloudwatch:namespace", {text_of(call.input, "Namespace")}}}}};
  };
  return {.name = "PutMetricData", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

std::string all_units() {
  return "Seconds, Microseconds, Milliseconds, Bytes, Kilobytes, Megabytes, Gigabytes, Terabytes, Bits, Kilobits, "
         "Megabits, Gigabits, Terabits, Percent, Count, Bytes/Second, Kilobytes/Second, Megabytes/Second, "
         "Gigabytes/Second, Terabytes/Second, Bits/Second, Kilobits/Second, Megabits/Second, Gigabits/Second, "
         "Terabits/Second, Count/Second, None";
}

}  // namespace millrace::cloudwatch
