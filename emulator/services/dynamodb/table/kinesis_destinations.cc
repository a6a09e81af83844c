// Kinesis streaming destinations: their state, as far as Terraform reads it. Nothing is delivered: there is
// no Kinesis here.

#include "emulator/services/dynamodb/table/table_service.h"
#include "emulator/services/dynamodb/table/table_shapes.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::Table;
using tables::TablePtr;

namespace {

/// `KinesisDestinations` in a table's settings: a list of {StreamArn, DestinationStatus, Precision?}.
Json destinations_of(const Table& table) {
  const Json* list = find(table.settings, "KinesisDestinations");
  return list ? *list : Json::array();
}

Json* find_destination(Json& list, const std::string& arn) {
  for (Json& destination : list) {
    if (text_of(destination, "StreamArn") == arn) return &destination;
  }
  return nullptr;
}

Result<Json> change(TableService& service, const Call& call,
                    const std::function<Result<Json>(const Table&, Json& list)>& edit) {
  TRY(TablePtr named, find_table(service, call));
  return service.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TablePtr current = service.tables.catalog.by_id(named->id);
    if (!current) return no_such_table(named->name);
    Table table = *current;
    Json list = destinations_of(table);
    TRY(Json answer, edit(table, list));
    table.settings["KinesisDestinations"] = std::move(list);
    service.tables.catalog.put(txn, std::move(table));
    return answer;
  });
}

Shape destination_shape(const char* configuration) {
  return structure({
      required("TableName", named_table_shape()),
      required("StreamArn", string().length(37, 1024)),
      optional(configuration, structure({optional("ApproximateCreationDateTimePrecision",
                                                  string().one_of({"MILLISECOND", "MICROSECOND"}))})
                                  .named(model_name(configuration))),
  });
}

Json answer(const Call& call, const Table& table, const char* status, const char* configuration) {
  Json out{{"TableName", table.name}, {"StreamArn", text_of(call.input, "StreamArn")}, {"DestinationStatus", status}};
  const Json* given = find(call.input, configuration);
  out[configuration] = given ? *given : Json::object();
  return out;
}

std::string precision_of(const Call& call, const char* configuration) {
  const Json* given = find(call.input, configuration);
  return given ? text_of(*given, "ApproximateCreationDateTimePrecision") : "";
}

AwsError not_found(const Call& call, const Table& table) {
  return {errors::resource_not_found,
          "Table is not in a valid state to enable Kinesis Streaming Destination: No streaming destination "
          "with streamArn: " +
              text_of(call.input, "StreamArn") + " found for table with tableName: " + table.name};
}

}  // namespace

Operation enable_kinesis_streaming_destination(TableService& service) {
  static constexpr const char* kConfiguration = "EnableKinesisStreamingConfiguration";
  static const Shape input = destination_shape(kConfiguration);
  auto handle = [&service](Call& call) -> Result<Json> {
    return change(service, call, [&](const Table& table, Json& list) -> Result<Json> {
      std::string arn = text_of(call.input, "StreamArn"), precision = precision_of(call, kConfiguration);
      Json* existing = find_destination(list, arn);
      if (existing && text_of(*existing, "DestinationStatus") == "ACTIVE")
        return validation_error(
            "Table is not in a valid state to enable Kinesis Streaming Destination: "
            "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE "
            "operation.");
      Json destination{{"StreamArn", arn}, {"DestinationStatus", "ACTIVE"}};
      if (!precision.empty()) destination["ApproximateCreationDateTimePrecision"] = precision;
      if (existing)
        *existing = destination;
      else
        list.push_back(destination);
      return answer(call, table, "ENABLING", kConfiguration);
    });
  };
  return {.name = "EnableKinesisStreamingDestination",
          .input = &input,
          .access = table_access(service, "EnableKinesisStreamingDestination"),
          .handle = JsonHandler(handle)};
}

Operation disable_kinesis_streaming_destination(TableService& service) {
  static constexpr const char* kConfiguration = "EnableKinesisStreamingConfiguration";
  static const Shape input = destination_shape(kConfiguration);
  auto handle = [&service](Call& call) -> Result<Json> {
    return change(service, call, [&](const Table& table, Json& list) -> Result<Json> {
      Json* existing = find_destination(list, text_of(call.input, "StreamArn"));
      // A stream that was never enabled gets the same words.
      if (!existing || text_of(*existing, "DestinationStatus") != "ACTIVE")
        return validation_error(
            "Table is not in a valid state to enable Kinesis Streaming Destination: "
            "KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.");
      (*existing)["DestinationStatus"] = "DISABLED";
      return answer(call, table, "DISABLING", kConfiguration);
    });
  };
  return {.name = "DisableKinesisStreamingDestination",
          .input = &input,
          .access = table_access(service, "DisableKinesisStreamingDestination"),
          .handle = JsonHandler(handle)};
}

Operation update_kinesis_streaming_destination(TableService& service) {
  static constexpr const char* kConfiguration = "UpdateKinesisStreamingConfiguration";
  static const Shape input = destination_shape(kConfiguration);
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY_VOID(find_table(service, call));
    std::string precision = precision_of(call, kConfiguration);
    if (precision.empty())
      return validation_error(
          "Streaming destination cannot be updated with given parameters: "
          "UpdateKinesisStreamingConfiguration cannot be null or "
          "contain only null values");
    return change(service, call, [&](const Table& table, Json& list) -> Result<Json> {
      std::string arn = text_of(call.input, "StreamArn");
      Json* existing = find_destination(list, arn);
      if (!existing) return not_found(call, table);
      if (text_of(*existing, "DestinationStatus") != "ACTIVE")
        return validation_error(
            "Table is not in a valid state to enable Kinesis Streaming Destination: Kinesis streaming is not "
            "in "
            "ACTIVE state. Updates are only allowed in ACTIVE state. TableName: " +
            table.name + ", kdsArn: " + arn);
      if (text_of(*existing, "ApproximateCreationDateTimePrecision", "MILLISECOND") == precision)
        return validation_error("Invalid Request: Precision is already set to the desired value of " + precision +
                                " for tableId: " + table.uuid + ", kdsArn: " + arn);
      (*existing)["ApproximateCreationDateTimePrecision"] = precision;
      return answer(call, table, "UPDATING", kConfiguration);
    });
  };
  return {.name = "UpdateKinesisStreamingDestination",
          .input = &input,
          .access = table_access(service, "UpdateKinesisStreamingDestination"),
          .handle = JsonHandler(handle)};
}

Operation describe_kinesis_streaming_destination(TableService& service) {
  static const Shape input = structure({required("TableName", named_table_shape())});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(TablePtr table, find_table(service, call));
    return Json{{"TableName", table->name}, {"KinesisDataStreamDestinations", destinations_of(*table)}};
  };
  return {.name = "DescribeKinesisStreamingDestination",
          .input = &input,
          .access = table_access(service, "DescribeKinesisStreamingDestination"),
          .handle = JsonHandler(handle),
          .runs = Runs::inlined};
}

}  // namespace millrace::dynamodb
