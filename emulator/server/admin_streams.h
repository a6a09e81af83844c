#pragma once

#include "emulator/server/admin.h"
#include "emulator/server/worker_threads.h"
#include "emulator/storage/store.h"
#include "emulator/tables/tables.h"

namespace millrace::server {

/// What time and load do to a stream's shards on AWS, now:
///   GET  streams/shards?stream=<S>                  the shards and their lineage
///   POST streams/roll?stream=<S>                    every open shard closes and gets one child
///   POST streams/split?stream=<S>[&shard=<id>]      an open shard (default: the first) closes and gets two
/// S is a stream's ARN, or the name of the table whose enabled stream is meant if only one account and region has such
/// a table. All answer {"stream": ARN, "shards": [{"shard", "parent", "open"}]}; 404 names what isn't there.
void add_stream_routes(Admin& admin, storage::Store& store, tables::Tables& tables, WorkerThreads& workers);

}  // namespace millrace::server
