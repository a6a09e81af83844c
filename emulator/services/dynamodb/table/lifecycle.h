#pragma once
// How tables come, change state and go. By default a state that takes seconds on AWS is left at once, in the
// change that enters it; with --aws-delays it lasts as long as measured there and a timer ends it. What a
// stopped server left unfinished is finished when it starts again.

#include "emulator/services/dynamodb/table/table_service.h"

namespace millrace::dynamodb {

// Measured on AWS in 2026 (middle of what was seen).
inline constexpr Millis kCreateMs = 4000;
inline constexpr Millis kUpdateMs = 4500;
inline constexpr Millis kDeleteMs = 4500;
inline constexpr Millis kIndexCreateMs = 40'000;     // until backfilling begins
inline constexpr Millis kIndexBackfillMs = 120'000;  // at least, even for empty tables
inline constexpr Millis kIndexDeleteMs = 4000;

/// Tables per account and region, AWS's default quota.
inline constexpr size_t kTablesMax = 2500;

/// Adds the table with its stream; gives it its ids, ARN, and times. ResourceInUseException if the name is
/// taken.
Result<tables::TablePtr> add_table(TableService& service, tables::Table table);

/// A new stream for a table that is about to be put: id, label, ARN.
void open_stream(TableService& service, storage::Txn& txn, tables::Table& table);

/// Marks a changed table UPDATING for as long as AWS would, or leaves it ACTIVE. Then puts it.
void put_updated(TableService& service, storage::Txn& txn, tables::Table table);
/// After the change that called put_updated() has committed.
void schedule_settling(TableService& service, uint64_t table_id, Millis delay);

/// Erases a table with all that belongs to it; its streams are closed and stay readable.
void erase_table(TableService& service, storage::Txn& txn, const tables::Table& table);

/// Brings a table from CREATING or UPDATING to ACTIVE and finishes its deletion, as its state says.
void settle(TableService& service, uint64_t table_id);

/// Begins to fill an index from the items there are, in the background; goes on where it stopped before.
void start_backfill(TableService& service, uint64_t table_id, uint64_t index_id, Millis delay);
/// Ends an index's deletion.
void finish_index_deletion(TableService& service, uint64_t table_id, uint64_t index_id);

/// Picks up what a stopped server left: states to leave, backfills, index deletions.
void resume_tables(TableService& service);

}  // namespace millrace::dynamodb
