#pragma once
// A table as AWS describes it.

#include "emulator/base/json.h"
#include "emulator/tables/tables.h"

namespace millrace::dynamodb {

/// The `Table` of DescribeTable; also TableDescription of the operations that answer with one.
Json describe(const tables::Table& table, const tables::TableStatistics& statistics);
/// The answer to CreateTable: the state in which AWS leaves it, whatever has been reached already.
Json describe_creating(tables::Table table, const tables::TableStatistics& statistics);
/// The answer to DeleteTable: without keys and attributes.
Json describe_deleting(tables::Table table, const tables::TableStatistics& statistics);

Json describe_key(const tables::KeySchema& key);
Json describe_attributes(const tables::Table& table);

/// The warm throughput that a table or index has: what was asked for, at least what its capacity gives
/// anyway.
tables::WarmThroughput warm_of(const tables::WarmThroughput& warm, const tables::Throughput& throughput,
                               tables::BillingMode billing);

}  // namespace millrace::dynamodb
