#include "emulator/services/dynamodb/items/usage.h"

#include "emulator/base/attribute/item_codec.h"
#include "emulator/services/dynamodb/items/throttle.h"

namespace millrace::dynamodb {

namespace {
/// Stored forms of up to so many bytes are of items of one unit: rules count a byte at most twice (an empty list in a list).
constexpr size_t kSurelyOneUnitBytes = 2048;
}  // namespace

void spend(const ItemContext& db, const tables::Table& table, const Consumed& consumed, Direction direction,
           Millis at) {
  if (db.throttle) db.throttle->spend(table, consumed, direction);
  TableMeter* meter = db.meter ? db.meter->of(table) : nullptr;
  if (!meter) return;
  double of_table = consumed.table;
  for (const auto& [name, units] : consumed.local) of_table += units;
  if (of_table > 0) meter->consumed(at, direction, of_table);
  for (const auto& [name, units] : consumed.global) meter->index_consumed(at, direction, name, units);
}

void served(const ItemContext& db, const tables::Table& table, Metered operation, const protocol::Call& call) {
  if (TableMeter* meter = db.meter ? db.meter->of(table) : nullptr)
    meter->served(operation, call.received_ms, db.clock.now_ms());
}

void served(const ItemContext& db, const tables::Table& table, Metered operation, const protocol::Call& call,
            size_t returned_items) {
  served(db, table, operation, call);
  if (TableMeter* meter = db.meter ? db.meter->of(table) : nullptr)
    meter->returned_items(operation, call.received_ms, returned_items);
}

double read_units_of_stored(const std::string* stored, bool consistent) {
  if (!stored || stored->size() <= kSurelyOneUnitBytes) return read_units(0, consistent);
  return read_units(stored_size_bytes(*stored).value_or(0), consistent);
}

}  // namespace millrace::dynamodb
