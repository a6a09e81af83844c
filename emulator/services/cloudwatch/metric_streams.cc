// PutMetricStream, GetMetricStream, ListMetricStreams, StartMetricStreams, StopMetricStreams, DeleteMetricStream. Kept and
// shown: nothing is streamed. Source: CloudWatch's API reference.

#include "emulator/base/arn.h"
#include "emulator/services/cloudwatch/kept_lists.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {

constexpr const char* kKind = "metric-stream";
constexpr size_t kStreamsMax = 1000;  // an account and region; ours

std::string stream_arn(const Scope& scope, const std::string& name) {
  return make_arn("cloudwatch", scope.region, scope.account, "metric-stream/" + name);
}
Access needs_on_stream(const char* action) {
  return needs(action, [](const Call& call) { return stream_arn(scope_of(call), text_of(call.input, "Name")); });
}

Operation put_metric_stream(CloudWatch& watch) {
  static const Shape input =
      structure({required("Name", string().length(1, 255)), required("FirehoseArn", string().length(1, 1024)),
                 required("RoleArn", string().length(1, 1024)),
                 required("OutputFormat", string().one_of({"json", "opentelemetry0.7", "opentelemetry1.0"}))});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string name = text_of(call.input, "Name"), key = kept_key(scope, kKind, name);
    if (find(call.input, "IncludeFilters") && find(call.input, "ExcludeFilters"))  // unverified: the words
      return errors::combination("You cannot specify both IncludeFilters and ExcludeFilters in the same operation.");
    return watch.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      const auto before = storage::get_document(txn, key);
      if (!before && kept_of(txn, scope, kKind).size() >= kStreamsMax)
        return AwsError(errors::limit_exceeded, "The maximum number of metric streams has been reached.");
      Json stream{{"Arn", stream_arn(scope, name)}, {"Name", name}};
      for (const char* member : {"IncludeFilters", "ExcludeFilters", "FirehoseArn", "RoleArn"}) {
        if (const Json* value = find(call.input, member)) stream[member] = *value;
      }
      stream["State"] = before ? text_of(*before, "State") : std::string("running");
      stream["CreationDate"] = before ? before->value("CreationDate", Json()) : Json(seconds_of(watch.now()));
      stream["LastUpdateDate"] = seconds_of(watch.now());
      stream["OutputFormat"] = call.input["OutputFormat"];
      for (const char* member : {"StatisticsConfigurations", "IncludeLinkedAccountsMetrics"}) {
        if (const Json* value = find(call.input, member)) stream[member] = *value;
      }
      stream["_name"] = name;
      stream["_tags"] = before ? before->value("_tags", Json::array()) : call.input.value("Tags", Json::array());
      storage::put_document(txn, key, stream);
      return Json{{"Arn", stream["Arn"]}};
    });
  };
  return {.name = "PutMetricStream",
          .input = &input,
          .access = needs_on_stream("PutMetricStream"),
          .handle = JsonHandler(handle)};
}

Operation get_metric_stream(CloudWatch& watch) {
  static const Shape input = structure({required("Name", string().length(1, 255))});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const std::string name = text_of(call.input, "Name");
    const auto stream = storage::get_document(watch.context.store, kept_key(scope_of(call), kKind, name));
    if (!stream)  // unverified: the words
      return AwsError(errors::no_such_resource, "Metric stream " + name + " does not exist.");
    return shown_of(*stream);
  };
  return {.name = "GetMetricStream",
          .input = &input,
          .access = needs_on_stream("GetMetricStream"),
          .handle = JsonHandler(handle)};
}

Operation list_metric_streams(CloudWatch& watch) {
  auto handle = [&watch](Call& call) -> Result<Json> {
    return page_of_kept(watch.context.store, call, kKind, "Entries", [](const Json& stream) {
      Json out = Json::object();
      for (const char* member :
           {"Arn", "CreationDate", "LastUpdateDate", "Name", "FirehoseArn", "State", "OutputFormat"})
        out[member] = stream.value(member, Json());
      return std::optional<Json>(std::move(out));
    });
  };
  return {.name = "ListMetricStreams", .access = needs("ListMetricStreams"), .handle = JsonHandler(handle)};
}

/// Names of streams that aren't there are passed over.
Operation set_state_of_streams(CloudWatch& watch, const char* name, const char* state) {
  static const Shape input = structure({required("Names", list(string()))});
  auto handle = [&watch, state](Call& call) -> Result<Json> {
    return watch.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      for (const Json& stream : call.input["Names"]) {
        const std::string key = kept_key(scope_of(call), kKind, stream.get<std::string>());
        auto document = storage::get_document(txn, key);
        if (!document) continue;
        (*document)["State"] = state;
        storage::put_document(txn, key, *document);
      }
      return Json::object();
    });
  };
  return {.name = name, .input = &input, .access = needs(name), .handle = JsonHandler(handle)};
}

/// One that isn't there is deleted, too.
Operation delete_metric_stream(CloudWatch& watch) {
  static const Shape input = structure({required("Name", string().length(1, 255))});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const std::string key = kept_key(scope_of(call), kKind, text_of(call.input, "Name"));
    return watch.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      txn.erase(storage::Family::meta, key);
      return Json::object();
    });
  };
  return {.name = "DeleteMetricStream",
          .input = &input,
          .access = needs_on_stream("DeleteMetricStream"),
          .handle = JsonHandler(handle)};
}

}  // namespace

void add_metric_streams(std::vector<Operation>& operations, CloudWatch& watch) {
  operations.push_back(put_metric_stream(watch));
  operations.push_back(get_metric_stream(watch));
  operations.push_back(list_metric_streams(watch));
  operations.push_back(set_state_of_streams(watch, "StartMetricStreams", "running"));
  operations.push_back(set_state_of_streams(watch, "StopMetricStreams", "stopped"));
  operations.push_back(delete_metric_stream(watch));
}

}  // namespace millrace::cloudwatch
