#pragma once

#include <vector>

#include "emulator/services/admin_route.h"
#include "emulator/storage/store.h"
#include "emulator/tables/tables.h"

namespace millrace::streams {

/// What time and load do to a stream's shards on AWS, now:
///   GET  streams/shards?stream=<S>                  the shards and their lineage
///   POST streams/roll?stream=<S>                    every open shard closes and gets one child
///   POST streams/split?stream=<S>[&shard=<id>]      an open shard (default: the first) closes and gets two
/// S is a stream's ARN, or the name of the table whose enabled stream is meant if only one account and region has such
/// a table. All answer {"stream": ARN, "shards": [{"shard", "parent", "open"}]}; 404 names what isn't there.
std::vector<AdminRoute> admin_routes(storage::Store& store, tables::Tables& tables);

}  // namespace millrace::streams
