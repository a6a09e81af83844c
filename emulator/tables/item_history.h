#pragma once
// What items were before their changes, kept while a table has point-in-time recovery. Written in the same
// change as the item.
//
//   change   u64 history id | u64 sequence      (Family::streams; value: u64 ms | u32 length, item key after
//   the table
//                                               id | the old item, empty if there was none)

#include <functional>
#include <string_view>

#include "emulator/base/clock.h"
#include "emulator/storage/store.h"

namespace millrace::tables {

void append_history(storage::Txn& txn, uint64_t history_id, uint64_t sequence, Millis now, std::string_view item_key,
                    std::string_view old_item);
/// One change of an item: its key after the table id, what it was before (empty: not there), and when it changed.
struct PastChange {
  std::string_view item_key;
  std::string_view old_item;
  Millis at_ms = 0;
};
/// The changes made after `at`, newest first.
void each_change_back(const storage::Reader& reader, uint64_t history_id, Millis at,
                      const std::function<void(const PastChange&)>& visit);
/// Erases changes made before the horizon.
void trim_history(storage::Store& store, uint64_t history_id, Millis horizon);
void erase_history(storage::Txn& txn, uint64_t history_id);

}  // namespace millrace::tables
