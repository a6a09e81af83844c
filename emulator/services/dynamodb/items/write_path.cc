#include "emulator/services/dynamodb/items/write_path.h"

#include <algorithm>

#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/attribute/item_json.h"
#include "emulator/services/dynamodb/errors.h"
#include "emulator/services/dynamodb/expression/evaluate.h"
#include "emulator/services/dynamodb/expression/update.h"
#include "emulator/services/dynamodb/items/input.h"
#include "emulator/services/dynamodb/items/keys.h"
#include "emulator/services/dynamodb/items/throttle.h"
#include "emulator/services/dynamodb/items/usage.h"
#include "emulator/services/dynamodb/table/table_key.h"
#include "emulator/tables/item_write.h"

namespace millrace::dynamodb {
namespace {

using storage::Family;
using tables::Table;

/// An item before or after the write.
struct Image {
  AttributeMap item;
  std::string bytes;  // stored form
  size_t size = 0;    // by the item-size rules
};

Image image_of(AttributeMap item) {
  Image image;
  image.bytes = encode_item(item);
  image.size = size_bytes(item);
  image.item = std::move(item);
  return image;
}

AwsError condition_failed(const ItemWrite& write, const std::optional<Image>& old) {
  Json extra = Json::object();
  if (write.item_on_failure && old) extra["Item"] = to_json(old->item);
  return {errors::conditional_check_failed, "The conditional request failed", std::move(extra)};
}

Result<AttributeMap> updated(const Table& table, const ItemWrite& write, const std::optional<Image>& old) {
  AttributeMap before = old ? old->item : write.key_attributes;
  Parsed<AttributeMap> applied =
      write.update ? apply(*write.update, before, old.has_value()) : Parsed<AttributeMap>(before);
  if (applied.has_error()) {
    std::string text = std::move(applied).error().message;
    if (write.legacy_update && text.starts_with("An operand in the update"))
      text = "Type mismatch for attribute to update";
    return validation_error(std::move(text));
  }
  AttributeMap item = std::move(applied).value();
  TRY_VOID(check_updated_index_keys(table, before, item));
  const bool too_long = write.counts_expression && expression_bytes(*write.update, item) > kItemBytesMax;
  if (too_long || size_bytes(item) > kItemBytesMax) {
    return validation_error("Item size to update has exceeded the maximum allowed size");
  }
  for (const auto& [name, value] : item) {
    if (nesting_levels(value) > kNestingLevelsMax) return validation_error(kTooDeep);
  }
  return item;
}

/// The item that the write leaves, or nullopt.
Result<std::optional<Image>> new_image(const Table& table, const ItemWrite& write, const std::optional<Image>& old) {
  switch (write.kind) {
    case ItemWrite::Kind::put: return std::optional(image_of(write.item));
    case ItemWrite::Kind::check: return old;
    case ItemWrite::Kind::remove: return std::optional<Image>();
    case ItemWrite::Kind::update: break;
  }
  if (!old && write.update && !can_create(*write.update)) return std::optional<Image>();
  TRY(AttributeMap item, updated(table, write, old));
  return std::optional(image_of(std::move(item)));
}

/// A moved entry is two writes, one put, added or erased in its place is one.
double units_of(const tables::IndexWrite& touched) {
  const bool moved = touched.erased_old && touched.put_new;
  if (moved) return write_units(touched.old_size_bytes) + write_units(touched.new_size_bytes);
  return write_units(std::max(touched.old_size_bytes, touched.new_size_bytes));
}

/// The images outlive it.
tables::ItemWrite change_of(const ItemWrite& write, const std::optional<Image>& old, const std::optional<Image>& now) {
  tables::ItemWrite change{.key = write.key};
  if (old) {
    change.old_item = &old->item;
    change.old_bytes = old->bytes;
  }
  if (now) {
    change.new_item = &now->item;
    change.new_bytes = now->bytes;
  }
  return change;
}

void store(storage::Txn& txn, const ItemContext& db, const Table& table, const tables::ItemWrite& change,
           Consumed& consumed) {
  for (const tables::IndexWrite& touched : tables::write_item(txn, db.tables, table, change)) {
    consumed.add_index(*touched.index, units_of(touched));
  }
}

/// Whether there is capacity for the write: the table's, and that of the global indexes whose entries change.
Result<void> admit(const ItemContext& db, const Table& table, const std::optional<Image>& old,
                   const std::optional<Image>& now) {
  if (!db.throttle) return {};
  TRY_VOID(db.throttle->admit(table, nullptr, Direction::write));
  auto entry = [&](const tables::Index& index, const std::optional<Image>& image) {
    return image ? tables::index_key(table, index, image->item) : std::nullopt;
  };
  for (const tables::Index& index : table.indexes) {
    if (index.kind != tables::IndexKind::global) continue;
    auto before = entry(index, old), after = entry(index, now);
    if (!before && !after) continue;
    if (before == after && tables::project(table, index, old->item) == tables::project(table, index, now->item))
      continue;
    TRY_VOID(db.throttle->admit(table, &index, Direction::write));
  }
  return {};
}

void spend_write(const ItemContext& db, const Table& table, const ItemWrite& write, const Consumed& consumed) {
  if (!write.in_transaction) return spend(db, table, consumed, Direction::write, db.clock.now_ms());
  Consumed twice = consumed;
  twice.scale(2);
  spend(db, table, twice, Direction::write, db.clock.now_ms());
}

}  // namespace

AwsError table_not_found() {
  return {errors::resource_not_found, "Requested resource not found"};
}

Result<tables::TablePtr> find_table(const ItemContext& db, const protocol::Caller& caller,
                                    std::string_view name_or_arn) {
  auto table = db.tables.catalog.find(caller.account, caller.region, name_or_arn);
  const bool serves =
      table && (table->status == tables::TableStatus::active || table->status == tables::TableStatus::updating);
  if (!serves) return table_not_found();
  if (!table->settings.empty()) TRY_VOID(use_table_key(db.keys, db.random, *table, caller));
  return table;
}

Result<WriteResult> apply_write(storage::Txn& txn, const ItemContext& db, const ItemWrite& write) {
  // The table may have gained an index or lost its stream since the request was checked.
  auto table = db.tables.catalog.by_id(write.table->id);
  if (!table || table->status == tables::TableStatus::deleting) return table_not_found();

  std::optional<Image> old;
  if (auto stored = txn.get(Family::items, write.key)) {
    auto item = decode_item(*stored);
    if (!item) return AwsError(errors::internal_error, "Internal server error");
    old = Image{std::move(*item), std::move(*stored), 0};
    old->size = size_bytes(old->item);
  }
  static const AttributeMap kNothing;
  const bool is_conditional = write.condition && (old || !write.absent_is_fine);
  if (is_conditional && !holds(*write.condition, old ? old->item : kNothing)) {
    TRY_VOID(admit(db, *table, std::nullopt, std::nullopt));
    Consumed failed;
    failed.table = write_units(old ? old->size : 0);
    spend_write(db, *table, write, failed);
    return condition_failed(write, old);
  }

  TRY(std::optional<Image> now, new_image(*table, write, old));
  TRY_VOID(admit(db, *table, old, now));
  WriteResult result;
  result.consumed.table = write_units(std::max(old ? old->size : 0, now ? now->size : 0));
  const bool changed = old.has_value() != now.has_value() || (old && old->bytes != now->bytes);
  if (changed) store(txn, db, *table, change_of(write, old, now), result.consumed);
  spend_write(db, *table, write, result.consumed);
  if (now) result.new_item = std::move(now->item);
  if (old) result.old_item = std::move(old->item);
  return result;
}

}  // namespace millrace::dynamodb
