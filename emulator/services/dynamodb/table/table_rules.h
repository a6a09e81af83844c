#pragma once
// Reading a table's definition from a request, with AWS's rules and words (facts: CreateTable, secondary
// indexes). Used by CreateTable, UpdateTable, imports and restores.

#include <set>
#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/base/result.h"
#include "emulator/tables/table.h"

namespace millrace::dynamodb {

inline constexpr size_t kGlobalIndexesMax = 20;
inline constexpr size_t kLocalIndexesMax = 5;
inline constexpr size_t kTagsMax = 50;

/// `[a, b]`, as AWS prints lists of names.
std::string name_list(const std::vector<std::string>& names);

std::vector<tables::KeyAttribute> read_attributes_defined(const Json& definitions);
/// The key attributes of a request's KeySchema; types are those of `defined`. `index` is nullptr for the
/// table's own.
Result<tables::KeySchema> read_key_schema(const Json& elements,
                                          const std::vector<tables::KeyAttribute>& defined,
                                          const std::string* index, tables::IndexKind kind);
Result<tables::Projection> read_projection(const Json& projection);
tables::Throughput read_throughput(const Json& throughput);

/// A GSI of CreateTable or of UpdateTable's Create; without an id.
Result<tables::Index> read_global_index(const Json& input, const std::vector<tables::KeyAttribute>& defined,
                                        tables::BillingMode billing);
Result<tables::Index> read_local_index(const Json& input, const tables::Table& table);

/// Fills in on-demand ceilings (-1 clears; 0 is refused) and warm throughput.
Result<void> read_on_demand(const Json& input, tables::OnDemandThroughput& out);

/// Every defined attribute is used by a key, and names are unique over the indexes.
Result<void> check_attributes_used(const tables::Table& table);
Result<void> check_non_key_attributes(const tables::Table& table);

/// The whole definition of CreateTable (also of ImportTable's TableCreationParameters), without ids, ARN and
/// times.
Result<tables::Table> read_table_definition(const Json& input);

/// Stream rules of CreateTable.
Result<void> check_stream_at_creation(const Json& input);
/// SSESpecification as SSEDescription (null: none), and tags in their stored form.
Json sse_description(const Json& specification, const std::string& account, const std::string& region);
Result<void> check_tags(const Json& tags);
Result<void> check_table_class(const std::string& table_class);

}  // namespace millrace::dynamodb
