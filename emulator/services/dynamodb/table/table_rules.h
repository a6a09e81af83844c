#pragma once
// Reading a table's definition from a request, with AWS's rules and words (facts: CreateTable, secondary
// indexes). Used by CreateTable, UpdateTable, imports and restores.

#include <set>
#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/base/result.h"
#include "emulator/ports/keys.h"
#include "emulator/tables/table.h"

namespace millrace::dynamodb {

inline constexpr size_t kGlobalIndexesMax = 20;
inline constexpr size_t kLocalIndexesMax = 5;
/// What an on-demand table or index serves at once. Source: developer guide, "warm throughput".
inline constexpr tables::WarmThroughput kInitialWarm{12000, 4000};

/// `[a, b]`, as AWS prints lists of names.
std::string name_list(const std::vector<std::string>& names);

std::vector<tables::KeyAttribute> read_attributes_defined(const Json& definitions);
/// The key attributes of a request's KeySchema; types are those of `defined`. `index` is nullptr for the
/// table's own.
Result<tables::KeySchema> read_key_schema(const Json& elements, const std::vector<tables::KeyAttribute>& defined,
                                          const std::string* index, tables::IndexKind kind);
Result<tables::Projection> read_projection(const Json& projection);
tables::Throughput read_throughput(const Json& throughput);

/// A GSI of CreateTable or of UpdateTable's Create; without an id.
Result<tables::Index> read_global_index(const Json& input, const std::vector<tables::KeyAttribute>& defined,
                                        tables::BillingMode billing, const std::string& region);
Result<tables::Index> read_local_index(const Json& input, const tables::Table& table);

/// ProvisionedThroughput within the account's maximum. `index`: nullptr for the table's own.
Result<void> check_units(const Json& throughput, const std::string& region, const std::string* index);
/// Fills in on-demand ceilings; -1 clears.
Result<void> read_on_demand(const Json& input, tables::OnDemandThroughput& out, tables::BillingMode billing,
                            const std::string* index);
/// Warm throughput of a new table or index: not below what it has from the start.
Result<void> read_warm_at_creation(const Json& input, tables::WarmThroughput& out, tables::BillingMode billing,
                                   const tables::Throughput& throughput, const std::string* index);

/// Every defined attribute is used by a key, and names are unique over the indexes.
Result<void> check_attributes_used(const tables::Table& table);
Result<void> check_non_key_attributes(const tables::Table& table);

/// The whole definition of CreateTable (also of ImportTable's TableCreationParameters), without ids, ARN and
/// times.
Result<tables::Table> read_table_definition(const Json& input, const std::string& region);

/// Stream rules of CreateTable.
Result<void> check_stream_at_creation(const Json& input);
/// What an SSESpecification may say together (encryption.cc).
Result<void> check_encryption(const Json& specification);
/// SSESpecification as SSEDescription; null: none.
Json sse_description(const ports::Keys& keys, const Json& specification, const std::string& account,
                     const std::string& region);
/// The key's ARN, by whatever it is named; empty or its alias: the one that AWS manages.
std::string encryption_key_arn(const ports::Keys& keys, const std::string& name, const std::string& account,
                               const std::string& region);
/// Tags of CreateTable and TagResource, as AWS lists what is wrong (tags.cc).
Result<void> check_tags(const Json& tags);
Result<void> check_table_class(const std::string& table_class);
/// A resource policy's text; stored without white space between its parts (policy_document.cc).
Result<std::string> read_policy_document(const std::string& text, bool of_stream);

}  // namespace millrace::dynamodb
