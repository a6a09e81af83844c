#pragma once
// Opening the database, and saying what it has lost: a damaged log of writes is never cut off in silence.

#include <rocksdb/db.h>

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "emulator/storage/store.h"

namespace millrace::storage {

struct OpenedDatabase {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;  // by Family
};

/// What stores opened from now on read and write their files with; nullptr: the system. For tests, which let it fail.
void set_env_of_stores(rocksdb::Env* env);

/// The database, or a sentence for a person: in use, no space, damaged.
std::variant<OpenedDatabase, std::string> open_database(const StoreOptions& options);

}  // namespace millrace::storage
