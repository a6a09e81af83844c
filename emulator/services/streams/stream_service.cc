#include "emulator/services/streams/stream_service.h"

#include "emulator/base/arn.h"
#include "emulator/services/streams/upkeep.h"

namespace millrace::streams {

using protocol::AccessNeed;
using protocol::AccessNeeds;
using protocol::Call;

StreamService::StreamService(ServiceContext service_context, tables::Tables& all_tables, const ports::Ports& ports)
    : context(std::move(service_context)),
      tables(all_tables),
      metrics(ports),
      key_user{ports.find<ports::Encryption>().get(), ports.find<protocol::Identity>().get(), "dynamodb"},
      background(context.timers) {
  start_upkeep(*this);
}

AwsError no_such_stream(const std::string& arn) {
  return {errors::resource_not_found, "Requested resource not found: Stream: " + arn + " not found"};
}
AwsError no_such_shard() {
  return {errors::resource_not_found, "Requested resource not found: Shard does not exist"};
}
AwsError validation_error(const std::string& text) {
  return {errors::validation, text};
}

Result<tables::StreamPtr> find_stream(const StreamService& service, const Call& call, const std::string& arn) {
  auto parsed = Arn::parse(arn);
  bool well_formed = parsed && parsed->service == "dynamodb" && parsed->resource.starts_with("table/") &&
                     parsed->resource.find("/stream/") != std::string::npos;
  if (!well_formed) return validation_error("Invalid StreamArn");  // unverified: AWS's text isn't recorded
  tables::StreamPtr stream = service.tables.streams.find(arn);
  if (!stream || stream->region != call.caller.region) return no_such_stream(arn);
  return stream;
}

encryption::KeyOf key_of(const tables::Tables& tables, const tables::Stream& stream) {
  tables::TablePtr table = tables.catalog.by_id(stream.table_id);
  return {stream.account,
          stream.region,
          table ? tables::kms_key_of(*table) : "",
          {{"aws:dynamodb:tableName", stream.table_name}, {"aws:dynamodb:subscriberId", stream.account}}};
}

AccessNeed stream_need(const StreamService& service, const std::string& action, const std::string& arn) {
  AccessNeed need{"dynamodb:" + action, arn};
  if (auto parsed = Arn::parse(arn)) need.resource_account = parsed->account;
  tables::StreamPtr stream = service.tables.streams.find(arn);
  tables::TablePtr table = stream ? service.tables.catalog.by_id(stream->table_id) : nullptr;
  if (!table || table->stream.arn != arn) return need;
  if (const Json* policy = find(table->settings, "StreamResourcePolicy"))
    need.resource_policy = text_of(*policy, "Policy");
  return need;
}

std::function<Result<AccessNeeds>(const Call&)> stream_access(StreamService& service, std::string action) {
  return [&service, action](const Call& call) -> Result<AccessNeeds> {
    return AccessNeeds{stream_need(service, action, text_of(call.input, "StreamArn"))};
  };
}

protocol::Shape stream_arn_shape() {
  return protocol::string().length(37, 1024);
}
protocol::Shape shard_id_shape() {
  return protocol::string().length(28, 65);
}

}  // namespace millrace::streams
