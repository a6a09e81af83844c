#pragma once
// Filling a new table from a backup or from another table's past. The table is CREATING until it is full;
// what fills it stands in its settings, so that a killed server begins again.

#include "emulator/services/dynamodb/table/table_service.h"

namespace millrace::dynamodb {

/// Where a CREATING table's items come from: `Filling` in its settings.
struct Filling {
  uint64_t source_id = 0;   // of a backup's items, or of a table
  uint64_t history_id = 0;  // of that table's history; 0: none
  Millis at_ms = 0;         // with a history: the point of time
};

/// Whether the table waits to be filled (by a restore or an import).
bool is_filling(const tables::Table& table);

/// Adds the table and fills it, in the background if it is large.
Result<tables::TablePtr> add_restored(TableService& service, tables::Table table, const Filling& filling,
                                      int64_t expected_items);
/// Fills what a stopped server left unfilled.
void resume_filling(TableService& service);

/// Index entries, expiries and figures of a CREATING table from the items that it has; then it is ACTIVE.
void finish_filling(TableService& service, uint64_t table_id);

/// Erases history that is older than any table's recovery period; again every day.
void start_history_upkeep(TableService& service);

}  // namespace millrace::dynamodb
