#include "emulator/base/arn.h"
#include "emulator/services/streams/stream_service.h"

namespace millrace::streams {

using namespace protocol;

namespace {

constexpr size_t kPageMax = 100;

/// The place of a stream in the list's order: table name, label.
using Place = std::pair<std::string, std::string>;

Result<Place> place_of(const std::string& stream_arn) {
  auto arn = Arn::parse(stream_arn);
  size_t at = arn ? arn->resource.find("/stream/") : std::string::npos;
  if (at == std::string::npos || !arn->resource.starts_with("table/"))
    return validation_error("Invalid StreamArn");  // unverified text
  return Place{arn->resource.substr(6, at - 6), arn->resource.substr(at + 8)};
}

std::string table_name_of(const std::string& name_or_arn) {
  auto arn = Arn::parse(name_or_arn);
  return arn && arn->resource.starts_with("table/") ? arn->resource.substr(6) : name_or_arn;
}

}  // namespace

Operation list_streams(StreamService& service) {
  static const Shape input = structure({
      optional("TableName", string().length(3, 255).pattern("[a-zA-Z0-9_.-]+").or_arn()),
      optional("Limit", integer().range(1, kPageMax)),
      optional("ExclusiveStartStreamArn", stream_arn_shape()),
  });
  auto handle = [&service](Call& call) -> Result<Json> {
    std::string table = table_name_of(text_of(call.input, "TableName"));
    size_t limit = static_cast<size_t>(int_of(call.input, "Limit", kPageMax));
    std::optional<Place> after;
    if (auto start = optional_text(call.input, "ExclusiveStartStreamArn")) {
      TRY(after, place_of(*start));
    }
    Json streams = Json::array();
    for (const auto& stream : service.tables.streams.list(call.caller.account, call.caller.region)) {
      if (!table.empty() && stream->table_name != table) continue;
      if (after && Place{stream->table_name, stream->label} <= *after) continue;
      if (streams.size() >= limit) break;
      streams.push_back(
          {{"StreamArn", stream->arn}, {"TableName", stream->table_name}, {"StreamLabel", stream->label}});
    }
    Json out{{"Streams", streams}};
    // A full page names its last stream even if nothing follows, as on AWS.
    if (streams.size() == limit) out["LastEvaluatedStreamArn"] = streams.back()["StreamArn"];
    return out;
  };
  auto access = [](const Call& call) -> Result<AccessNeeds> {
    std::string table = text_of(call.input, "TableName");
    if (table.empty()) return AccessNeeds{{"dynamodb:ListStreams", "*"}};
    std::string resource = "table/" + table_name_of(table) + "/stream/*";
    return AccessNeeds{
        {"dynamodb:ListStreams", make_arn("dynamodb", call.caller.region, call.caller.account, resource)}};
  };
  return {
      .name = "ListStreams", .input = &input, .access = access, .handle = JsonHandler(handle), .runs = Runs::inlined};
}

}  // namespace millrace::streams
