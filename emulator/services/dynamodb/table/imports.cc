// ImportTable, DescribeImport, ListImports: a new table from objects in S3.

#include "emulator/base/arn.h"
#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/compression.h"
#include "emulator/services/dynamodb/table/import_reader.h"
#include "emulator/services/dynamodb/table/lifecycle.h"
#include "emulator/services/dynamodb/table/restore.h"
#include "emulator/services/dynamodb/table/table_rules.h"
#include "emulator/services/dynamodb/table/table_shapes.h"
#include "emulator/services/dynamodb/table/transfer.h"
#include "emulator/tables/item_keys.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::Table;
using tables::TablePtr;

namespace {

constexpr int64_t kUnpackedBytesMax = int64_t{16} << 30;  // of a compressed object; what is beyond isn't read
constexpr size_t kItemBytesMax = 400u << 10;
constexpr size_t kKeysPerPage = 1000;

struct Progress {
  int64_t processed = 0, imported = 0, errors = 0, bytes = 0;
};

/// Adds the items of one object, which comes in pieces and may be of any size.
Result<void> import_object(TableService& service, const Table& table, const Json& description, const std::string& key,
                           Progress& progress) {
  const Json* options = find(description, "InputFormatOptions");
  auto add = [&](AttributeMap item) {
    ++progress.processed;
    auto key = tables::item_key(table, item);
    bool fits = key && size_bytes(item) <= kItemBytesMax;
    if (!fits || !service.context.store.put_unreferenced(storage::Family::items, *key, encode_item(item)))
      ++progress.errors;
    else
      ++progress.imported;
  };
  auto fail = [&] {
    ++progress.processed;
    ++progress.errors;
  };
  ImportReader reader(text_of(description, "InputFormat"), options ? *options : Json::object(), table, add, fail);
  const std::string packing = text_of(description, "InputCompressionType");
  std::optional<Unpacker> unpacker;
  if (packing == "GZIP") unpacker.emplace(Unpacker::Format::gzip);
  if (packing == "ZSTD") unpacker.emplace(Unpacker::Format::zstd);
  const int64_t before = progress.bytes;
  bool malformed = false;
  auto take = [&](std::string_view text) {
    progress.bytes += static_cast<int64_t>(text.size());
    malformed = unpacker && progress.bytes - before > kUnpackedBytesMax;
    if (!malformed) reader.feed(text);
    return !malformed && !service.background.stopping();
  };
  auto unpack = [&](std::string_view bytes) {
    malformed = !unpacker->feed(bytes, take) || malformed;
    return !malformed && !service.background.stopping();
  };
  ports::ObjectName name{text_of(description, "_Account"), text_of(description["S3BucketSource"], "S3Bucket"), key, ""};
  TRY_VOID(unpacker ? service.objects->read(name, unpack) : service.objects->read(name, take));
  if (malformed || (unpacker && !unpacker->complete()))
    ++progress.errors;
  else
    reader.finish();
  return {};
}

Result<void> import_all(TableService& service, const Table& table, const Json& description, Progress& progress) {
  const Json& source = description["S3BucketSource"];
  std::string bucket = text_of(source, "S3Bucket"), prefix = text_of(source, "S3KeyPrefix"), after;
  for (;;) {
    TRY(auto keys, service.objects->list(text_of(description, "_Account"), bucket, prefix, after, kKeysPerPage));
    for (const std::string& key : keys) TRY_VOID(import_object(service, table, description, key, progress));
    if (keys.size() < kKeysPerPage) return {};
    after = keys.back();
  }
}

/// An import that failed but for bad records leaves no table (unverified).
void drop_table(TableService& service, uint64_t table_id) {
  Result<void> dropped = service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    if (TablePtr table = service.tables.catalog.by_id(table_id)) erase_table(service, txn, *table);
    return {};
  });
  (void)dropped;
}

/// TableCreationParameters as CreateTable reads them, without the rest of CreateTable's members.
Result<Table> new_table(TableService& service, const Call& call) {
  const Json& parameters = *find(call.input, "TableCreationParameters");
  TRY(Table table, read_table_definition(parameters, call.caller.region));
  table.account = call.caller.account;
  table.region = call.caller.region;
  if (const Json* sse = find(parameters, "SSESpecification")) {
    TRY_VOID(check_encryption(*sse));
    TRY_VOID(use_encryption_key(service, sse, table.account, table.region, &call));
    Json description = sse_description(*service.keys, *sse, table.account, table.region);
    if (!description.is_null()) table.settings["SSEDescription"] = std::move(description);
  }
  table.settings["Filling"] = {{"Import", true}};
  return table;
}

/// The import that the same ClientToken began earlier. While the table that it made is there, a replay is
/// refused as any other import into that name; the rest of the request isn't compared.
Result<std::optional<Json>> with_token(const TableService& service, const Call& call, const std::string& table_name) {
  auto token = optional_text(call.input, "ClientToken");
  if (!token) return std::optional<Json>();
  Millis now = service.context.clock.now_ms();
  for (const Json& description :
       list_transfers(service.context.store, TransferKind::importing, call.caller.account, call.caller.region)) {
    if (text_of(description, "ClientToken") != *token || is_token_expired(description, now)) continue;
    std::string earlier = text_of(description["TableCreationParameters"], "TableName");
    if (earlier != table_name)
      return AwsError(errors::import_conflict,
                      "Import conflict: Duplicate request detected with conflicting parameters");
    bool stands = text_of(description, "ImportStatus") == "COMPLETED" &&
                  service.tables.catalog.find(call.caller.account, call.caller.region, table_name);
    if (stands) return AwsError(errors::resource_in_use, "Table already exists: " + table_name);
    return std::optional(description);
  }
  return std::optional<Json>();
}

Json new_description(TableService& service, const Call& call, const Table& table) {
  Millis now = service.context.clock.now_ms();
  std::string id = "0" + std::to_string(now) + "-" + service.context.random.hex(8);
  Json description{{"ImportArn", table.arn + "/import/" + id},
                   {"ImportStatus", "IN_PROGRESS"},
                   {"TableArn", table.arn},
                   {"TableId", table.uuid}};
  for (const char* member :
       {"ClientToken", "S3BucketSource", "InputFormat", "InputFormatOptions", "TableCreationParameters"}) {
    if (const Json* value = find(call.input, member)) description[member] = *value;
  }
  description["InputCompressionType"] = text_of(call.input, "InputCompressionType", "NONE");
  description["ErrorCount"] = 0;
  description["StartTime"] = epoch(now);
  description["_Account"] = call.caller.account;
  description["_Table"] = table.id;
  return description;
}

Shape creation_shape() {
  return structure({
                       required("TableName", table_name_shape()),
                       required("AttributeDefinitions", attribute_definitions_shape()),
                       required("KeySchema", key_schema_shape(2)),
                       optional("BillingMode", billing_mode_shape()),
                       optional("ProvisionedThroughput", throughput_shape()),
                       optional("OnDemandThroughput", on_demand_shape()),
                       optional("SSESpecification", sse_specification_shape()),
                       optional("GlobalSecondaryIndexes", global_indexes_shape()),
                   })
      .named(model_name("TableCreationParameters"));
}

}  // namespace

void run_import(TableService& service, Json description) {
  uint64_t table_id = static_cast<uint64_t>(int_of(description, "_Table"));
  TablePtr table = service.tables.catalog.by_id(table_id);
  if (!table)
    return fail_transfer(service, TransferKind::importing, description, "TableNotFound", "The table was deleted");
  auto fail = [&](const std::string& code, const std::string& text) {
    drop_table(service, table_id);
    fail_transfer(service, TransferKind::importing, description, code, text);
  };
  if (!service.objects || !service.objects->bucket_exists(text_of(description["S3BucketSource"], "S3Bucket")))
    return fail("S3NoSuchBucket", "The specified bucket does not exist");
  Progress progress;
  Result<void> imported = import_all(service, *table, description, progress);
  if (imported.has_error()) return fail(imported.error().kind->code, imported.error().message);
  if (service.background.stopping()) return;  // begun again at the next start
  finish_filling(service, table_id);
  description["ErrorCount"] = progress.errors;
  description["ProcessedSizeBytes"] = progress.bytes;
  description["ProcessedItemCount"] = progress.processed;
  description["ImportedItemCount"] = progress.imported;
  if (progress.errors > 0) {
    // The table stays, with what was good. unverified: the code, and the words
    return fail_transfer(service, TransferKind::importing, description, "ItemValidationError",
                         "Some of the items failed validation checks. Please check CloudWatch error logs for more "
                         "details.");
  }
  description["ImportStatus"] = "COMPLETED";
  description["EndTime"] = epoch(service.context.clock.now_ms());
  Result<void> stored = store_transfer(service, TransferKind::importing, description);
  (void)stored;
}

Operation import_table(TableService& service) {
  static const Shape input = structure({
      optional("ClientToken", string().pattern("^[^\\$]+$")),
      required(
          "S3BucketSource",
          structure({optional("S3BucketOwner", string().pattern("[0-9]{12}")),
                     required("S3Bucket", string().length(0, 255).pattern("^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$")),
                     optional("S3KeyPrefix", string().length(0, 1024))})
              .named(model_name("S3BucketSource"))),
      required("InputFormat", string().one_of({"DYNAMODB_JSON", "ION", "CSV"})),
      optional("InputFormatOptions",
               structure({optional("Csv", structure({optional("Delimiter", string().length(1, 1).pattern("[,;:|\\t ]")),
                                                     optional("HeaderList", list(string()).length(1, 255))})
                                              .named(model_name("CsvOptions")))})
                   .named(model_name("InputFormatOptions"))),
      optional("InputCompressionType", string().one_of({"ZSTD", "NONE", "GZIP"})),
      required("TableCreationParameters", creation_shape()),
  });
  auto handle = [&service](Call& call) -> Result<Json> {
    std::string format = text_of(call.input, "InputFormat");
    if (find(call.input, "InputFormatOptions") && format != "CSV")
      return validation_error("Invalid Request: Unsupported InputFormatOptions for the given input format: " + format +
                              ".");
    TRY(Table table, new_table(service, call));
    TRY(auto earlier, with_token(service, call, table.name));
    if (earlier) return Json{{"ImportTableDescription", shown(*earlier)}};
    TRY(TablePtr added, add_table(service, std::move(table)));
    Json description = new_description(service, call, *added);
    TRY_VOID(store_transfer(service, TransferKind::importing, description));
    service.background.post([&service, description] { run_import(service, description); });
    return Json{{"ImportTableDescription", shown(description)}};
  };
  auto access = [](const Call& call) -> Result<AccessNeeds> {
    const Json* parameters = find(call.input, "TableCreationParameters");
    const Json* source = find(call.input, "S3BucketSource");
    std::string bucket = source ? text_of(*source, "S3Bucket") : "";
    const ConditionContext via{{"aws:calledvia", {"dynamodb.amazonaws.com"}}};
    return AccessNeeds{
        {"dynamodb:ImportTable", table_arn(call, parameters ? text_of(*parameters, "TableName") : "")},
        {"s3:ListBucket", "arn:aws:s3:::" + bucket, via},
        {"s3:GetObject", "arn:aws:s3:::" + bucket + "/" + (source ? text_of(*source, "S3KeyPrefix") : "") + "*", via}};
  };
  return {.name = "ImportTable", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

Operation describe_import(TableService& service) {
  static const Shape input = structure({required("ImportArn", string())});
  auto handle = [&service](Call& call) -> Result<Json> {
    std::string arn = text_of(call.input, "ImportArn");
    if (arn.find("/import/") == std::string::npos) return validation_error("Invalid Import ARN");
    auto description = find_transfer(service.context.store, TransferKind::importing, arn);
    if (!description)  // unverified: worded as for exports
      return AwsError(errors::import_not_found, "Import not found: Import not found: " + arn);
    return Json{{"ImportTableDescription", shown(*description)}};
  };
  auto access = [](const Call& call) -> Result<AccessNeeds> {
    return AccessNeeds{{"dynamodb:DescribeImport", text_of(call.input, "ImportArn")}};
  };
  return {.name = "DescribeImport", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

Operation list_imports(TableService& service) {
  static const Shape input =
      structure({optional("TableArn", string().length(1, 1024)), optional("PageSize", integer_shape().range(1, 25)),
                 optional("NextToken", string())});
  auto handle = [&service](Call& call) -> Result<Json> {
    auto all = list_transfers(service.context.store, TransferKind::importing, call.caller.account, call.caller.region);
    std::string table = text_of(call.input, "TableArn");
    if (!table.empty())
      std::erase_if(all, [&](const Json& description) { return text_of(description, "TableArn") != table; });
    return transfer_page(all, call, "ImportArn", "ImportSummaryList", [](const Json& description) {
      Json out;
      for (const char* member :
           {"ImportArn", "ImportStatus", "TableArn", "S3BucketSource", "InputFormat", "StartTime", "EndTime"}) {
        if (const Json* value = find(description, member)) out[member] = *value;
      }
      return out;
    });
  };
  return {
      .name = "ListImports", .input = &input, .access = account_access("ListImports"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::dynamodb
