// What an export writes to S3: the items as DynamoDB JSON or Ion, gzipped, and the manifests that name the
// files.

#include <map>

#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/compression.h"
#include "emulator/base/encoding.h"
#include "emulator/base/store_fault.h"
#include "emulator/services/dynamodb/table/ion.h"
#include "emulator/services/dynamodb/table/transfer.h"
#include "emulator/storage/keys.h"
#include "emulator/tables/item_history.h"
#include "emulator/tables/item_keys.h"

namespace millrace::dynamodb {

using tables::TablePtr;

namespace {

// A data file holds about this much before it is packed; a whole one is in memory while it is made.
constexpr size_t kFileBytes = 8u << 20;

/// `<prefix>/AWSDynamoDB/`
std::string root_of(const Json& description) {
  std::string prefix = text_of(description, "S3Prefix");
  if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
  return prefix + "AWSDynamoDB/";
}

std::string folder_of(const Json& description) {
  std::string arn = text_of(description, "ExportArn");
  return root_of(description) + arn.substr(arn.rfind('/') + 1) + "/";
}

/// Incremental exports share one folder for their data.
std::string data_folder_of(const Json& description) {
  bool shared = find(description, "IncrementalExportSpecification") != nullptr;
  return (shared ? root_of(description) : folder_of(description)) + "data/";
}

/// Writes data files and remembers their lines in the manifest.
class DataFiles {
 public:
  DataFiles(TableService& service, const Json& description)
      : service_(service),
        bucket_(text_of(description, "S3Bucket")),
        account_(text_of(description, "_Account")),
        folder_(folder_of(description)),
        data_folder_(data_folder_of(description)),
        ion_(text_of(description, "ExportFormat") == "ION") {}

  Result<void> add(std::string_view stored_item) {
    begin_line();
    append_member("Item", stored_item);
    return end_line("}");
  }
  /// One line of an incremental export; an empty image is left out.
  Result<void> add_change(const AttributeMap& keys, Millis at_ms, std::string_view old_image,
                          std::string_view new_image) {
    begin_line();
    std::string micros = std::to_string(at_ms * 1000);
    if (ion_)
      lines_ += "Record:{Metadata:{WriteTimestampMicros:" + micros + ".}";
    else
      lines_ += R"("Metadata":{"WriteTimestampMicros":{"N":")" + micros + "\"}}";
    lines_.push_back(',');
    append_member("Keys", encode_item(keys));
    for (const auto& [name, image] : {std::pair{"OldImage", old_image}, std::pair{"NewImage", new_image}}) {
      if (image.empty()) continue;
      lines_.push_back(',');
      append_member(name, image);
    }
    return end_line(ion_ ? "}}" : "}");
  }
  Result<void> flush() {
    std::string packed = gzip(lines_), digest = md5(packed);
    std::string key = data_folder_ + service_.context.random.text(26, "abcdefghijklmnopqrstuvwxyz234567") +
                      (ion_ ? ".ion.gz" : ".json.gz");
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
  void begin_line() { lines_ += ion_ ? "$ion_1_0 {" : "{"; }
  void append_member(const char* name, std::string_view stored_item) {
    if (!ion_) {
      lines_.append("\"").append(name).append("\":");
      if (!append_item_json(lines_, stored_item)) fail_damaged("an item that is exported");
    } else {
      auto item = decode_item(stored_item);
      if (!item) fail_damaged("an item that is exported");
      lines_.append(name).append(":");
      append_ion(lines_, *item);
    }
  }
  Result<void> end_line(const char* closing) {
    lines_.append(closing).push_back('\n');
    ++file_items_;
    return lines_.size() >= kFileBytes ? flush() : Result<void>();
  }

  TableService& service_;
  std::string bucket_, account_, folder_, data_folder_;
  bool ion_;
  std::string lines_, manifest_;
  int64_t file_items_ = 0, items_ = 0;
  uint64_t bytes_ = 0;
};

/// The table's items as they were at `at`. Holds in memory what changed since: exports of the past are short
/// of that.
Result<void> each_item_at(TableService& service, uint64_t table_id, uint64_t history_id, Millis at, DataFiles& files) {
  std::shared_ptr<storage::Reader> snapshot = service.context.store.snapshot();
  std::map<std::string, std::string, std::less<>> past;  // what the items were; empty: not there
  if (history_id) {
    tables::each_change_back(*snapshot, history_id, at, [&](const tables::PastChange& change) {
      past[std::string(change.item_key)] = std::string(change.old_item);
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

struct Window {
  Millis from, to;
};

/// What became of the items that changed in the window: their state at its beginning and at its end. Holds
/// the changed items in memory.
Result<void> each_change_in(TableService& service, const tables::Table& table, uint64_t history_id,
                            const Window& window, bool with_old, DataFiles& files) {
  struct Change {
    std::optional<std::string> later;  // the state at the window's end, where a change after it shows it
    std::string before;                // the state at its beginning
    Millis at_ms = 0;                  // of the last change within; 0: none
  };
  std::shared_ptr<storage::Reader> snapshot = service.context.store.snapshot();
  std::map<std::string, Change, std::less<>> changes;
  tables::each_change_back(*snapshot, history_id, window.from - 1, [&](const tables::PastChange& past) {
    Change& change = changes[std::string(past.item_key)];
    if (past.at_ms >= window.to) {
      change.later = past.old_item;
      return;
    }
    if (!change.at_ms) change.at_ms = past.at_ms;
    change.before = past.old_item;
  });
  std::string prefix = tables::table_prefix(table);
  for (const auto& [key, change] : changes) {
    if (!change.at_ms) continue;
    std::string after =
        change.later ? *change.later : snapshot->get(storage::Family::items, prefix + key).value_or(std::string());
    if (after.empty() && change.before.empty()) continue;  // came and went
    auto item = decode_item(after.empty() ? change.before : after);
    if (!item) continue;
    TRY_VOID(
        files.add_change(tables::key_attributes(table.key, *item), change.at_ms, with_old ? change.before : "", after));
  }
  return {};
}

Millis time_in(const Json& object, const char* member) {
  return static_cast<Millis>(object[member].get<double>() * 1000);
}

std::string summary(const Json& description, const DataFiles& files, const std::string& end) {
  const Json* window = find(description, "IncrementalExportSpecification");
  Json out{{"version", window ? "2023-08-01" : "2020-06-30"},
           {"exportArn", description["ExportArn"]},
           {"startTime", iso_millis(time_in(description, "StartTime"))},
           {"endTime", end},
           {"tableArn", description["TableArn"]},
           {"tableId", description["TableId"]}};
  if (window) {
    out["exportFromTime"] = iso_millis(time_in(*window, "ExportFromTime"));
    out["exportToTime"] = iso_millis(time_in(*window, "ExportToTime"));
  } else {
    out["exportTime"] = iso_millis(time_in(description, "ExportTime"));
  }
  out["s3Bucket"] = description["S3Bucket"];
  out["s3Prefix"] = description.value("S3Prefix", Json(nullptr));
  out["s3SseAlgorithm"] = description["S3SseAlgorithm"];
  out["s3SseKmsKeyId"] = description.value("S3SseKmsKeyId", Json(nullptr));
  out["manifestFilesS3Key"] = files.folder() + "manifest-files.json";
  out["billedSizeBytes"] = files.bytes();
  out["itemCount"] = files.items();
  out["outputFormat"] = description["ExportFormat"];
  if (window) {
    out["outputView"] = (*window)["ExportViewType"];
    out["exportType"] = "INCREMENTAL_EXPORT";
  }
  return to_text(out);
}

Result<void> write_items(TableService& service, const Json& description, DataFiles& files) {
  uint64_t table_id = static_cast<uint64_t>(int_of(description, "_Table"));
  uint64_t history_id = static_cast<uint64_t>(int_of(description, "_History"));
  const Json* window = find(description, "IncrementalExportSpecification");
  if (!window) return each_item_at(service, table_id, history_id, time_in(description, "ExportTime"), files);
  TablePtr table = service.tables.catalog.by_id(table_id);
  if (!table) return AwsError(errors::table_not_found, "Table not found: " + text_of(description, "TableArn"));
  return each_change_in(service, *table, history_id,
                        {time_in(*window, "ExportFromTime"), time_in(*window, "ExportToTime")},
                        text_of(*window, "ExportViewType") != "NEW_IMAGE", files);
}

}  // namespace

Result<void> write_export(TableService& service, Json& description) {
  DataFiles files(service, description);
  TRY_VOID(files.put(files.folder() + "_started", "", "binary/octet-stream"));
  TRY_VOID(write_items(service, description, files));
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

}  // namespace millrace::dynamodb
