#pragma once
// A table as its operations see it: an immutable description, shared by pointer. Changing a table makes a new
// one and puts it into the catalog (catalog.h).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/attribute/attribute_value.h"
#include "emulator/base/clock.h"
#include "emulator/base/json.h"

namespace millrace::tables {

// The enums below are numbered as stored: never renumber.
enum class TableStatus : uint8_t { creating = 1, updating = 2, deleting = 3, active = 4 };
enum class IndexStatus : uint8_t { creating = 1, updating = 2, deleting = 3, active = 4 };
enum class IndexKind : uint8_t { global = 1, local = 2 };
enum class ProjectionType : uint8_t { all = 1, keys_only = 2, include = 3 };
enum class ViewType : uint8_t { keys_only = 1, new_image = 2, old_image = 3, new_and_old_images = 4 };
enum class BillingMode : uint8_t { provisioned = 1, pay_per_request = 2 };

/// AWS's words: "CREATING", "ALL", "NEW_AND_OLD_IMAGES", "PAY_PER_REQUEST", ...
const char* text(TableStatus status);
const char* text(IndexStatus status);
const char* text(ProjectionType type);
const char* text(ViewType type);
const char* text(BillingMode mode);
std::optional<ProjectionType> parse_projection_type(std::string_view text);
std::optional<ViewType> parse_view_type(std::string_view text);

/// A key attribute with its type: S, N or B.
struct KeyAttribute {
  std::string name;
  AttributeType type = AttributeType::S;
};

/// Tables and local indexes have one partition attribute and at most one sort attribute; global indexes have
/// one to four of the former and up to four of the latter.
struct KeySchema {
  std::vector<KeyAttribute> partition;
  std::vector<KeyAttribute> sort;

  /// The key attribute of that name, or nullptr.
  const KeyAttribute* find(std::string_view name) const;
};

struct Projection {
  ProjectionType type = ProjectionType::all;
  std::vector<std::string> non_key_attributes;
};

struct Throughput {
  int64_t read_units = 0;
  int64_t write_units = 0;
  Millis last_increase_ms = 0;  // 0: never
  Millis last_decrease_ms = 0;
  int64_t decreases_today = 0;
};

/// Ceilings of on-demand capacity, and warm throughput; -1: not set.
struct OnDemandThroughput {
  int64_t max_read_units = -1;
  int64_t max_write_units = -1;
};
struct WarmThroughput {
  int64_t read_units = -1;
  int64_t write_units = -1;
};

struct Index {
  uint64_t id = 0;  // part of its entries' keys; never reused
  std::string name;
  IndexKind kind = IndexKind::global;
  KeySchema key;
  Projection projection;
  IndexStatus status = IndexStatus::active;
  /// Entries of items written before the index are still being added. Writes maintain the index meanwhile.
  bool backfilling = false;
  Throughput throughput;
  OnDemandThroughput on_demand;
  WarmThroughput warm;

  /// Whether item writes must keep its entries up to date: always, but when it is going away.
  bool maintained() const { return status != IndexStatus::deleting; }
};

struct StreamSettings {
  bool enabled = false;
  ViewType view_type = ViewType::new_and_old_images;
  /// Of the last stream, which outlives its disabling. Empty: there never was one.
  std::string arn;
  std::string label;
  uint64_t id = 0;  // part of its records' keys
};

/// The same table in another region, with all its writes.
struct Replica {
  std::string region;
  TableStatus status = TableStatus::active;  // CREATING while older items are copied
};

struct Table {
  std::string account;
  std::string region;
  std::string name;
  std::string arn;
  std::string uuid;                      // TableId
  uint64_t id = 0;                       // part of its items' keys; never reused
  std::vector<KeyAttribute> attributes;  // AttributeDefinitions, in the caller's order
  KeySchema key;
  std::vector<Index> indexes;
  BillingMode billing = BillingMode::provisioned;
  bool billing_was_set = false;  // BillingModeSummary is shown once the mode was ever named
  Millis pay_per_request_since_ms = 0;
  Throughput throughput;
  OnDemandThroughput on_demand;
  WarmThroughput warm;
  StreamSettings stream;
  std::string ttl_attribute;  // empty: TTL is off
  TableStatus status = TableStatus::active;
  std::vector<Replica> replicas;
  Millis created_ms = 0;
  bool deletion_protection = false;
  uint64_t history_id = 0;  // of the items' history (item_history.h); 0: no point-in-time recovery
  /// Further settings as AWS documents them, by their member's name: TableClassSummary, SSEDescription,
  /// RestoreSummary, Replicas, ContinuousBackups, ...
  Json settings = Json::object();

  const Index* index(std::string_view index_name) const;
  /// The type of a defined attribute, or nullopt.
  std::optional<AttributeType> attribute_type(std::string_view attribute) const;
};

/// The ARN of the KMS key that SSESpecification put the table under; empty for a table without.
std::string kms_key_of(const Table& table);

/// The stored form; carries a version. nullopt: a damaged or unknown document.
Json to_document(const Table& table);
std::optional<Table> table_from_document(const Json& document);

}  // namespace millrace::tables
