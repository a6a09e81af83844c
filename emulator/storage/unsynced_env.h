#pragma once
// Files that nobody waits for until they have reached the disk.

#include <rocksdb/env.h>

namespace millrace::storage {

/// The system's files, but that syncing them does nothing: what is written is safe from the death of the process, as with
/// every file, and not from a loss of power. Lives as long as the process.
rocksdb::Env* unsynced_env();

}  // namespace millrace::storage
