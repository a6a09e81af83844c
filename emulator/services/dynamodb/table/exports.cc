// ExportTableToPointInTime, DescribeExport, ListExports. The files that an export writes: export_files.cc.

#include "emulator/base/arn.h"
#include "emulator/base/epoch.h"
#include "emulator/services/dynamodb/table/table_shapes.h"
#include "emulator/services/dynamodb/table/transfer.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::TablePtr;

namespace {

constexpr Millis kWindowMinMs = 15 * 60 * 1000;
constexpr Millis kWindowMaxMs = 24 * 3600 * 1000;

/// `2026-01-31T09:05:07Z`
std::string iso_seconds(Millis at) {
  std::string text = iso_millis(at);
  return text.substr(0, text.size() - 5) + "Z";
}

AwsError wrong_time(const std::string& text) {
  return {errors::invalid_export_time, text};
}

std::optional<Millis> time_of(const Json& object, const char* member) {
  const Json* time = find(object, member);
  if (!time || !time->is_number()) return std::nullopt;
  return millis_of_epoch(time->get<double>());
}

Result<Json> find_export(const TableService& service, const Call& call) {
  std::string arn = text_of(call.input, "ExportArn");
  auto parsed = Arn::parse(arn);
  if (!parsed || parsed->resource.find("/export/") == std::string::npos) return validation_error("Invalid Export ARN");
  if (parsed->region != call.caller.region)
    return AwsError(errors::export_not_found, "Export not found: Invalid export arn");
  auto description = find_transfer(service.context.store, TransferKind::exporting, arn);
  if (!description) return AwsError(errors::export_not_found, "Export not found: Export not found: " + arn);
  return *description;
}

/// An earlier export with the same token is the answer again, if nothing else differs.
Result<std::optional<Json>> with_token(const TableService& service, const Call& call) {
  auto token = optional_text(call.input, "ClientToken");
  if (!token) return std::optional<Json>();
  for (const Json& description :
       list_transfers(service.context.store, TransferKind::exporting, call.caller.account, call.caller.region)) {
    if (text_of(description, "ClientToken") != *token || is_token_expired(description, service.context.clock.now_ms()))
      continue;
    if (text_of(description, "_Request") == to_text(call.input)) return std::optional(description);
    return AwsError(errors::export_conflict, "Export conflict: Duplicate request detected with conflicting parameters");
  }
  return std::optional<Json>();
}

/// What the members say together, before any table is looked at.
Result<void> check_request(const Json& input) {
  std::string type = text_of(input, "ExportType"), arn = text_of(input, "TableArn");
  if (arn.empty()) return validation_error("Invalid TableArn: Invalid Table ARN");
  auto parsed = Arn::parse(arn);
  if (!parsed) return invalid_values("tableArn is not a valid ARN");
  if (!parsed->resource.starts_with("table/") || parsed->resource.find('/', 6) != std::string::npos)
    return validation_error("Invalid Request: Table ARN is invalid.");
  if (find(input, "S3SseKmsKeyId") && text_of(input, "S3SseAlgorithm") != "KMS")
    return validation_error("Invalid Request: KMS Key Id is not supported for this encryption type");
  const Json* window = find(input, "IncrementalExportSpecification");
  if (type == "INCREMENTAL_EXPORT") {
    if (!window)
      return validation_error(
          "Invalid Request: Incremental Export Specification expected when export type is set as Incremental "
          "Export");
    if (!find(*window, "ExportFromTime"))
      return validation_error("Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification");
    return {};
  }
  if (!window) return {};
  return validation_error(type.empty() ? "Invalid Request: Export Type expected to be Incremental Export "
                                         "when incremental export specification is "
                                         "provided"
                                       : "Invalid Request: When Export Type is Full Export , Incremental "
                                         "Export Specification should not be "
                                         "provided");
}

/// The window of an incremental export, checked; in its description's form.
Result<Json> window_of(const Json& specification, const Json* recovery, Millis now) {
  Millis from = time_of(specification, "ExportFromTime").value_or(0);
  Millis to = time_of(specification, "ExportToTime").value_or(now);
  if (!recovery || from < int_of(*recovery, "SinceMs") / 1000 * 1000)
    return wrong_time("Incremental export period from time cannot be less than the table creation time : " +
                      iso_seconds(from));
  if (to > now)
    return wrong_time("Incremental export period to time cannot be greater than the current time : " + iso_seconds(to));
  const char* difference = "Difference between export period from time and export period to time is ";
  if (to - from < kWindowMinMs) return wrong_time(std::string(difference) + "less than 15 minutes");
  if (to - from > kWindowMaxMs)  // unverified wording
    return wrong_time(std::string(difference) + "greater than 24 hours");
  return Json{{"ExportFromTime", epoch(from)},
              {"ExportToTime", epoch(to)},
              {"ExportViewType", text_of(specification, "ExportViewType", "NEW_AND_OLD_IMAGES")}};
}

/// What the export will hold: the point of time, or the window.
Result<void> choose_time(const Json& input, const tables::Table& table, Millis now, Json& description) {
  const Json* recovery = find(table.settings, "ContinuousBackups");
  if (const Json* specification = find(input, "IncrementalExportSpecification")) {
    TRY(Json window, window_of(*specification, recovery, now));
    description["_History"] = table.history_id;
    description["IncrementalExportSpecification"] = std::move(window);
    return {};
  }
  if (!recovery)
    return AwsError(errors::recovery_unavailable,
                    "Point in time recovery is not enabled for table '" + table.name + "'");
  Millis at = time_of(input, "ExportTime").value_or(now);
  if (at > now || at < int_of(*recovery, "SinceMs")) return wrong_time("Export Time is invalid");
  description["ExportTime"] = epoch(at);
  description["_History"] = at < now ? table.history_id : 0;
  return {};
}

Result<Json> new_export(TableService& service, const Call& call) {
  const Json& input = call.input;
  std::string arn = text_of(input, "TableArn");
  TablePtr table = service.tables.catalog.find(call.caller.account, call.caller.region, arn);
  if (!table) return AwsError(errors::table_not_found, "Table not found: " + arn);
  Millis now = service.context.clock.now_ms();
  std::string id = "0" + std::to_string(now) + "-" + service.context.random.hex(8);
  Json description{{"ExportArn", table->arn + "/export/" + id},
                   {"ExportStatus", "IN_PROGRESS"},
                   {"StartTime", epoch(now)},
                   {"TableArn", table->arn},
                   {"TableId", table->uuid}};
  TRY_VOID(choose_time(input, *table, now, description));
  for (const char* member : {"ClientToken", "S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseKmsKeyId", "ExportType"}) {
    if (const Json* value = find(input, member)) description[member] = *value;
  }
  description["S3SseAlgorithm"] = text_of(input, "S3SseAlgorithm", "AES256");
  description["ExportFormat"] = text_of(input, "ExportFormat", "DYNAMODB_JSON");
  description["_Account"] = call.caller.account;
  description["_Table"] = table->id;
  description["_Request"] = to_text(input);
  return description;
}

}  // namespace

void run_export(TableService& service, Json description) {
  if (!service.objects || !service.objects->bucket_exists(text_of(description, "S3Bucket")))
    return fail_transfer(service, TransferKind::exporting, description, "S3NoSuchBucket",
                         "The specified bucket does not exist");
  Result<void> written = write_export(service, description);
  if (written.has_error())
    return fail_transfer(service, TransferKind::exporting, description, written.error().kind->code,
                         written.error().message);
  Result<void> stored = store_transfer(service, TransferKind::exporting, description);
  (void)stored;  // still IN_PROGRESS; begins again at the next start
}

Operation export_table_to_point_in_time(TableService& service) {
  static const Shape input = structure({
      required("TableArn", string().length(-1, 1024)),
      optional("ExportTime", timestamp()),
      optional("ClientToken", string().pattern("^[^\\$]+$")),
      required("S3Bucket", string().length(0, 255).pattern("^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$")),
      optional("S3BucketOwner", string().pattern("[0-9]{12}")),
      optional("S3Prefix", string().length(0, 1024)),
      optional("S3SseAlgorithm", string().one_of({"AES256", "KMS"})),
      optional("S3SseKmsKeyId", string().length(1, 2048)),
      optional("ExportFormat", string().one_of({"DYNAMODB_JSON", "ION"})),
      optional("ExportType", string().one_of({"FULL_EXPORT", "INCREMENTAL_EXPORT"})),
      optional("IncrementalExportSpecification",
               structure({optional("ExportFromTime", timestamp()), optional("ExportToTime", timestamp()),
                          optional("ExportViewType", string().one_of({"NEW_IMAGE", "NEW_AND_OLD_IMAGES"}))})
                   .named(model_name("IncrementalExportSpecification"))),
  });
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY_VOID(check_request(call.input));
    TRY(auto earlier, with_token(service, call));
    if (earlier) return Json{{"ExportDescription", shown(*earlier)}};
    TRY(Json description, new_export(service, call));
    TRY_VOID(store_transfer(service, TransferKind::exporting, description));
    service.background.post([&service, description] { run_export(service, description); });
    return Json{{"ExportDescription", shown(description)}};
  };
  auto access = [](const Call& call) -> Result<AccessNeeds> {
    return AccessNeeds{{"dynamodb:ExportTableToPointInTime", text_of(call.input, "TableArn")},
                       {"s3:PutObject",
                        "arn:aws:s3:::" + text_of(call.input, "S3Bucket") + "/" + text_of(call.input, "S3Prefix") + "*",
                        {{"aws:calledvia", {"dynamodb.amazonaws.com"}}}}};
  };
  return {.name = "ExportTableToPointInTime", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

Operation describe_export(TableService& service) {
  static const Shape input = structure({required("ExportArn", string())});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(Json description, find_export(service, call));
    return Json{{"ExportDescription", shown(description)}};
  };
  auto access = [](const Call& call) -> Result<AccessNeeds> {
    return AccessNeeds{{"dynamodb:DescribeExport", text_of(call.input, "ExportArn")}};
  };
  return {.name = "DescribeExport", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

Operation list_exports(TableService& service) {
  static const Shape input =
      structure({optional("TableArn", string().length(1, 1024)), optional("MaxResults", integer_shape().range(1, 25)),
                 optional("NextToken", string())});
  auto handle = [&service](Call& call) -> Result<Json> {
    auto all = list_transfers(service.context.store, TransferKind::exporting, call.caller.account, call.caller.region);
    std::string table = text_of(call.input, "TableArn");
    if (!table.empty())
      std::erase_if(all, [&](const Json& description) { return text_of(description, "TableArn") != table; });
    return transfer_page(all, call, "ExportArn", "ExportSummaries", [](const Json& description) {
      return Json{{"ExportArn", description["ExportArn"]},
                  {"ExportStatus", description["ExportStatus"]},
                  {"ExportType", text_of(description, "ExportType", "FULL_EXPORT")}};
    });
  };
  return {
      .name = "ListExports", .input = &input, .access = account_access("ListExports"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::dynamodb
