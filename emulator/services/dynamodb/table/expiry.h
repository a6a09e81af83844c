#pragma once
// Time to live: items go in the second after their expiry, with a REMOVE record in the name of the service.
// AWS allows itself days for that; a test can't wait for them. An index of expiries
// (emulator/tables/item_write.h), kept by the write path, tells what is due, and one timer per table when to
// look.

#include "emulator/services/dynamodb/table/table_service.h"

namespace millrace::dynamodb {

/// Sets the timer for an expiry, unless an earlier one is set for the table already. Short: the writer thread
/// calls it.
void schedule_expiry(TableService& service, uint64_t table_id, int64_t second);
/// Erases the table's expiry entries (TTL is turned on, off, or to another attribute).
void forget_expiries(storage::Txn& txn, const tables::Table& table);
/// Fills the expiry entries from the items there are, in chunks in the background, then expires what is due.
void start_expiry_backfill(TableService& service, uint64_t table_id);
/// Deletes what is due in all tables and sets the timer for what comes next. Called at start.
void resume_expiry(TableService& service);

}  // namespace millrace::dynamodb
