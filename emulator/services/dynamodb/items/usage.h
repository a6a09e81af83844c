#pragma once
// What a request used of a table: taken from its throughput (with --throttle) and counted in its metrics.

#include <algorithm>
#include <vector>

#include "emulator/services/dynamodb/items/capacity.h"
#include "emulator/services/dynamodb/items/item_context.h"
#include "emulator/services/dynamodb/meter.h"

namespace millrace::dynamodb {

/// A request that came at `at` consumed that.
void spend(const ItemContext& db, const tables::Table& table, const Consumed& consumed, Direction direction, Millis at);

/// A request on the table succeeded.
void served(const ItemContext& db, const tables::Table& table, Metered operation, const protocol::Call& call);
/// The same of one that returned a list of items.
void served(const ItemContext& db, const tables::Table& table, Metered operation, const protocol::Call& call,
            size_t returned_items);

/// The same for each table that the elements of a request name by `table_of` (nullptr: none), once.
template <class Elements, class TableOf>
void served_each(const ItemContext& db, const Elements& elements, TableOf table_of, Metered operation,
                 const protocol::Call& call) {
  std::vector<uint64_t> seen;
  for (const auto& element : elements) {
    const tables::Table* table = table_of(element);
    if (!table || std::find(seen.begin(), seen.end(), table->id) != seen.end()) continue;
    seen.push_back(table->id);
    served(db, *table, operation, call);
  }
}

/// Units of reading this item (nullptr: none), by its stored form.
double read_units_of_stored(const std::string* stored, bool consistent);

}  // namespace millrace::dynamodb
