#include "emulator/services/dynamodb/items/page_reader.h"

#include <algorithm>

#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/attribute/item_json.h"
#include "emulator/services/dynamodb/expression/evaluate.h"
#include "emulator/services/dynamodb/expression/projection.h"
#include "emulator/services/dynamodb/items/parts.h"
#include "emulator/services/dynamodb/items/stored_item.h"
#include "emulator/tables/item_keys.h"

namespace millrace::dynamodb {
namespace {

using storage::Family;

// Source: API reference, Query and Scan.
constexpr size_t kPageBytesMax = 1 << 20;

/// Collects the items of one page.
class Collector {
 public:
  Collector(const storage::Reader& reader, const PageRequest& request) : reader_(reader), request_(request) {}

  /// False when the page is full.
  bool visit(std::string_view stored);
  Result<Page> finish();

 private:
  Result<void> evaluate(std::string_view stored);
  Result<void> add(std::string_view stored, const AttributeMap* item);
  Result<std::string> whole_item(std::string_view entry);

  const storage::Reader& reader_;
  const PageRequest& request_;
  Page page_;
  size_t bytes_ = 0;
  double fetched_units_ = 0;
  std::string last_;  // stored form of the last evaluated entry, kept when the page is full
  std::optional<AwsError> error_;
};

bool Collector::visit(std::string_view stored) {
  ++page_.scanned_count;
  bytes_ += stored_size_bytes(stored).value_or(0);
  auto evaluated = evaluate(stored);
  if (evaluated.has_error()) {
    error_ = std::move(evaluated).error();
    return false;
  }
  const bool full = page_.scanned_count >= request_.limit || bytes_ >= kPageBytesMax;
  if (full) last_ = std::string(stored);
  return !full;
}

/// The item that an entry of a local index stands for.
Result<std::string> Collector::whole_item(std::string_view entry) {
  TRY(AttributeMap attributes, read_stored_item(entry));
  auto key = tables::item_key(*request_.table, attributes);
  auto stored = key ? reader_.get(Family::items, *key) : std::nullopt;
  if (!stored) return std::string(entry);
  fetched_units_ += read_units(stored_size_bytes(*stored).value_or(0), request_.consistent);
  return std::move(*stored);
}

Result<void> Collector::evaluate(std::string_view stored) {
  std::string fetched;
  if (request_.fetch_items) {
    TRY(fetched, whole_item(stored));
    stored = fetched;
  }
  if (!request_.filter) return add(stored, nullptr);
  TRY(AttributeMap item, read_stored_item(stored));
  if (!holds(*request_.filter, item)) return {};
  return add(stored, &item);
}

Result<void> Collector::add(std::string_view stored, const AttributeMap* item) {
  ++page_.count;
  if (request_.count_only) return {};
  if (!page_.items.empty()) page_.items.push_back(',');
  if (!request_.projection) return append_stored_item(page_.items, stored, std::nullopt);
  AttributeMap read;
  if (!item) {
    TRY(read, read_stored_item(stored));
    item = &read;
  }
  append_json(page_.items, (request_.select_paths ? request_.select_paths : project)(*item, *request_.projection));
  return {};
}

Result<Page> Collector::finish() {
  if (error_) return std::move(*error_);
  if (!last_.empty()) {
    TRY(AttributeMap item, read_stored_item(last_));
    AttributeMap key = tables::key_attributes(request_.table->key, item);
    if (request_.index) {
      for (const auto& [name, value] : tables::key_attributes(request_.index->key, item)) key.set(name, value);
    }
    page_.last_evaluated_key = std::move(key);
  }
  double units = read_units(bytes_, request_.consistent);
  if (request_.index) {
    page_.consumed.add_index(*request_.index, units);
    page_.consumed.table = fetched_units_;
  } else {
    page_.consumed.table = units;
  }
  return std::move(page_);
}

}  // namespace

void continue_after(PageRequest& request, const std::string& key) {
  auto& ranges = request.ranges;
  auto it = ranges.begin();
  // The ranges before the one that holds the key have been read.
  while (it != ranges.end() && (key < it->from || key >= it->to)) ++it;
  if (it == ranges.end()) return;
  if (request.reverse) {
    it->to = key;
  } else {
    it->from = key + '\0';
  }
  ranges.erase(ranges.begin(), it);
}

Result<Page> read_page(const storage::Reader& reader, const PageRequest& request) {
  Collector collector(reader, request);
  bool full = false;
  auto visit = [&](std::string_view, std::string_view value) { return !(full = !collector.visit(value)); };
  Family family = request.index ? Family::indexes : Family::items;
  for (const KeyRange& range : request.ranges) {
    if (full) break;
    if (range.from >= range.to) continue;
    if (request.reverse) {
      reader.scan_reverse(family, range.from, range.to, visit);
    } else {
      reader.scan(family, range.from, range.to, visit);
    }
  }
  return collector.finish();
}

std::string page_answer(const PageRequest& request, const Page& page, CapacityMode mode) {
  std::string body;
  body.reserve(page.items.size() + 256);
  {
    JsonObject answer(body);
    if (!request.count_only) answer.member("Items").append("[").append(page.items).append("]");
    answer.member("Count").append(std::to_string(page.count));
    answer.member("ScannedCount").append(std::to_string(page.scanned_count));
    if (page.last_evaluated_key) append_json(answer.member("LastEvaluatedKey"), *page.last_evaluated_key);
    if (mode != CapacityMode::none) {
      append_consumed(answer.member("ConsumedCapacity"), request.table->name, page.consumed, mode);
    }
  }
  return body;
}

}  // namespace millrace::dynamodb
