// ExportTableToPointInTime, DescribeExport, ListExports: the whole table as DynamoDB JSON, gzipped, in S3.

#include <map>

#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/encoding.h"
#include "emulator/services/dynamodb/table/gzip.h"
#include "emulator/services/dynamodb/table/table_shapes.h"
#include "emulator/services/dynamodb/table/transfer.h"
#include "emulator/storage/keys.h"
#include "emulator/tables/item_history.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::TablePtr;

namespace {

// A data file holds about this much before it is packed; a whole one is in memory while it is made.
constexpr size_t kFileBytes = 8u << 20;

std::string folder_of(const Json& description) {
  std::string prefix = text_of(description, "S3Prefix"), arn = text_of(description, "ExportArn");
  if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
  return prefix + "AWSDynamoDB/" + arn.substr(arn.rfind('/') + 1) + "/";
}

/// Writes data files and remembers their lines in the manifest.
class DataFiles {
 public:
  DataFiles(TableService& service, const Json& description)
      : service_(service),
        bucket_(text_of(description, "S3Bucket")),
        account_(text_of(description, "_Account")),
        folder_(folder_of(description)) {}

  Result<void> add(std::string_view stored_item) {
    lines_ += R"({"Item":)";
    append_item_json(lines_, stored_item);
    lines_ += "}\n";
    ++file_items_;
    return lines_.size() >= kFileBytes ? flush() : Result<void>();
  }
  Result<void> flush() {
    std::string packed = gzip(lines_), digest = md5(packed);
    std::string key =
        folder_ + "data/" + service_.context.random.text(26, "abcdefghijklmnopqrstuvwxyz234567") + ".json.gz";
    Json line{{"itemCount", file_items_},
              {"md5Checksum", to_base64(digest)},
              {"etag", to_hex(digest) + "-1"},
              {"dataFileS3Key", key}};
    manifest_ += to_text(line) + "\n";
    items_ += file_items_;
    file_items_ = 0;
    bytes_ += lines_.size();
    lines_.clear();
    return put(key, std::move(packed), "application/octet-stream");
  }
  Result<void> put(const std::string& key, std::string body, const char* type) {
    return service_.objects->put({account_, bucket_, key, ""}, std::move(body), type);
  }
  const std::string& folder() const { return folder_; }
  const std::string& manifest() const { return manifest_; }
  int64_t items() const { return items_; }
  uint64_t bytes() const { return bytes_; }

 private:
  TableService& service_;
  std::string bucket_, account_, folder_;
  std::string lines_, manifest_;
  int64_t file_items_ = 0, items_ = 0;
  uint64_t bytes_ = 0;
};

/// The table's items as they were at `at`. Holds in memory what changed since: exports of the past are short
/// of that.
Result<void> each_item_at(TableService& service, uint64_t table_id, uint64_t history_id, Millis at,
                          DataFiles& files) {
  std::shared_ptr<storage::Reader> snapshot = service.context.store.snapshot();
  std::map<std::string, std::string, std::less<>> past;  // what the items were; empty: not there
  if (history_id) {
    tables::each_change_back(*snapshot, history_id, at, [&](std::string_view key, std::string_view old_item) {
      past[std::string(key)] = std::string(old_item);
    });
  }
  std::string prefix;
  storage::append_u64(prefix, table_id);
  Result<void> result;
  snapshot->scan(storage::Family::items, prefix, storage::prefix_end(prefix),
                 [&](std::string_view key, std::string_view value) {
                   if (past.find(key.substr(prefix.size())) == past.end()) result = files.add(value);
                   return !result.has_error();
                 });
  for (const auto& [key, old_item] : past) {
    if (result.has_error()) return result;
    if (!old_item.empty()) result = files.add(old_item);
  }
  return result;
}

std::string summary(const Json& description, const DataFiles& files, const std::string& end) {
  Json out{{"version", "2020-06-30"},
           {"exportArn", description["ExportArn"]},
           {"startTime", iso_millis(static_cast<Millis>(description["StartTime"].get<double>() * 1000))},
           {"endTime", end},
           {"tableArn", description["TableArn"]},
           {"tableId", description["TableId"]},
           {"exportTime", iso_millis(static_cast<Millis>(description["ExportTime"].get<double>() * 1000))},
           {"s3Bucket", description["S3Bucket"]},
           {"s3Prefix", description.value("S3Prefix", Json(nullptr))},
           {"s3SseAlgorithm", description.value("S3SseAlgorithm", Json("AES256"))},
           {"s3SseKmsKeyId", nullptr},
           {"manifestFilesS3Key", files.folder() + "manifest-files.json"},
           {"billedSizeBytes", files.bytes()},
           {"itemCount", files.items()},
           {"outputFormat", description["ExportFormat"]},
           {"exportType", description["ExportType"]}};
  return to_text(out);
}

Result<void> write_export(TableService& service, Json& description) {
  DataFiles files(service, description);
  TRY_VOID(files.put(files.folder() + "_started", "", "binary/octet-stream"));
  Millis at = static_cast<Millis>(description["ExportTime"].get<double>() * 1000);
  TRY_VOID(each_item_at(service, static_cast<uint64_t>(int_of(description, "_Table")),
                        static_cast<uint64_t>(int_of(description, "_History")), at, files));
  TRY_VOID(files.flush());
  Millis end = service.context.clock.now_ms();
  std::string manifest = summary(description, files, iso_millis(end));
  TRY_VOID(files.put(files.folder() + "manifest-files.json", files.manifest(), "application/json"));
  TRY_VOID(files.put(files.folder() + "manifest-files.md5", to_base64(md5(files.manifest())), "text/plain"));
  TRY_VOID(files.put(files.folder() + "manifest-summary.json", manifest, "application/json"));
  TRY_VOID(files.put(files.folder() + "manifest-summary.md5", to_base64(md5(manifest)), "text/plain"));
  description["ExportStatus"] = "COMPLETED";
  description["EndTime"] = epoch(end);
  description["ExportManifest"] = files.folder() + "manifest-summary.json";
  description["BilledSizeBytes"] = files.bytes();
  description["ItemCount"] = files.items();
  return {};
}

Result<Json> find_export(const TableService& service, const std::string& arn) {
  auto description = find_transfer(service.context.store, TransferKind::exporting, arn);
  if (!description)
    return AwsError(errors::export_not_found, "Export not found: " + arn);  // unverified wording
  return *description;
}

/// An earlier export with the same token is the answer again.
std::optional<Json> with_token(const TableService& service, const Call& call) {
  auto token = optional_text(call.input, "ClientToken");
  if (!token) return std::nullopt;
  for (const Json& description : list_transfers(service.context.store, TransferKind::exporting,
                                                call.caller.account, call.caller.region)) {
    if (text_of(description, "ClientToken") == *token) return description;
  }
  return std::nullopt;
}

Result<Json> new_export(TableService& service, const Call& call) {
  const Json& input = call.input;
  std::string arn = text_of(input, "TableArn");
  TablePtr table = service.tables.catalog.find(call.caller.account, call.caller.region, arn);
  if (!table) return AwsError(errors::table_not_found, "Table not found: " + name_of(arn));
  const Json* recovery = find(table->settings, "ContinuousBackups");
  if (!recovery)
    return AwsError(errors::recovery_unavailable,
                    "Point in time recovery is not enabled for table '" + table->name + "'");
  static const ErrorKind not_implemented{"NotImplemented", 501, errors::kCoral};
  for (const char* unsupported : {"ION", "INCREMENTAL_EXPORT"}) {
    if (text_of(input, "ExportFormat") == unsupported || text_of(input, "ExportType") == unsupported)
      return AwsError(not_implemented,
                      std::string("ExportTableToPointInTime with ") + unsupported + " is not implemented.");
  }
  Millis now = service.context.clock.now_ms(), at = now;
  if (const Json* time = find(input, "ExportTime"); time && time->is_number())
    at = static_cast<Millis>(time->get<double>() * 1000);
  if (at > now || at < int_of(*recovery, "SinceMs"))
    return AwsError(errors::invalid_export_time,
                    "The export time must be within the recovery period of the table");  // unverified wording
  std::string id = std::string(14 - 13, '0') + std::to_string(now) + "-" + service.context.random.hex(8);
  Json description{{"ExportArn", table->arn + "/export/" + id},
                   {"ExportStatus", "IN_PROGRESS"},
                   {"StartTime", epoch(now)},
                   {"TableArn", table->arn},
                   {"TableId", table->uuid},
                   {"ExportTime", epoch(at)}};
  for (const char* member :
       {"ClientToken", "S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseAlgorithm", "S3SseKmsKeyId"}) {
    if (const Json* value = find(input, member)) description[member] = *value;
  }
  description["ExportFormat"] = "DYNAMODB_JSON";
  description["ExportType"] = "FULL_EXPORT";
  description["_Account"] = call.caller.account;
  description["_Table"] = table->id;
  description["_History"] = at < now ? table->history_id : 0;
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
      required("TableArn", string().length(1, 1024)),
      optional("ExportTime", timestamp()),
      optional("ClientToken", string()),
      required("S3Bucket", string().length(0, 255)),
      optional("S3BucketOwner", string()),
      optional("S3Prefix", string().length(0, 1024)),
      optional("S3SseAlgorithm", string().one_of({"AES256", "KMS"})),
      optional("S3SseKmsKeyId", string().length(1, 2048)),
      optional("ExportFormat", string().one_of({"DYNAMODB_JSON", "ION"})),
      optional("ExportType", string().one_of({"FULL_EXPORT", "INCREMENTAL_EXPORT"})),
  });
  auto handle = [&service](Call& call) -> Result<Json> {
    if (auto earlier = with_token(service, call)) return Json{{"ExportDescription", shown(*earlier)}};
    TRY(Json description, new_export(service, call));
    TRY_VOID(store_transfer(service, TransferKind::exporting, description));
    service.background.post([&service, description] { run_export(service, description); });
    return Json{{"ExportDescription", shown(description)}};
  };
  auto access = [](const Call& call) -> Result<AccessNeeds> {
    return AccessNeeds{{"dynamodb:ExportTableToPointInTime", text_of(call.input, "TableArn")},
                       {"s3:PutObject", "arn:aws:s3:::" + text_of(call.input, "S3Bucket") + "/" +
                                            text_of(call.input, "S3Prefix") + "*"}};
  };
  return {
      .name = "ExportTableToPointInTime", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

Operation describe_export(TableService& service) {
  static const Shape input = structure({required("ExportArn", string().length(37, 1024))});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(Json description, find_export(service, text_of(call.input, "ExportArn")));
    return Json{{"ExportDescription", shown(description)}};
  };
  auto access = [](const Call& call) -> Result<AccessNeeds> {
    return AccessNeeds{{"dynamodb:DescribeExport", text_of(call.input, "ExportArn")}};
  };
  return {.name = "DescribeExport", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

Operation list_exports(TableService& service) {
  static const Shape input =
      structure({optional("TableArn", string().length(1, 1024)),
                 optional("MaxResults", integer().range(1, 25)), optional("NextToken", string())});
  auto handle = [&service](Call& call) -> Result<Json> {
    auto all = list_transfers(service.context.store, TransferKind::exporting, call.caller.account,
                              call.caller.region);
    std::string table = text_of(call.input, "TableArn");
    if (!table.empty())
      std::erase_if(all, [&](const Json& description) { return text_of(description, "TableArn") != table; });
    return transfer_page(all, call.input, "ExportArn", "ExportSummaries", [](const Json& description) {
      return Json{{"ExportArn", description["ExportArn"]},
                  {"ExportStatus", description["ExportStatus"]},
                  {"ExportType", description["ExportType"]}};
    });
  };
  return {.name = "ListExports",
          .input = &input,
          .access = account_access("ListExports"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::dynamodb
