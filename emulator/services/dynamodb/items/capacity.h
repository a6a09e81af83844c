#pragma once
// Capacity units by AWS's rules, and how answers show them. Source: developer guide, "DynamoDB read and write
// operations".

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/tables/table.h"

namespace millrace::dynamodb {

/// What a request consumed of one table and its indexes.
struct Consumed {
  double table = 0;
  std::map<std::string, double> local, global;  // by index name; only those that were touched

  double total() const;
  void add_index(const tables::Index& index, double units);
  void add(const Consumed& other);
  void scale(double factor);
};

/// Units for reading that many bytes: one for each begun 4 KB, half of it eventually consistent; at least one.
double read_units(size_t bytes, bool consistent);
/// Units for a write of an item or entry of that size: one for each begun KB, at least one.
double write_units(size_t bytes);

/// ReturnConsumedCapacity.
enum class CapacityMode { none, total, indexes };
CapacityMode capacity_mode(std::string_view text);

/// What a transaction consumes is shown as read or write units beside the sum.
enum class CapacityDirection { unspecified, read, write };

/// `{"TableName":"T","CapacityUnits":1.0,...}`
void append_consumed(std::string& out, const std::string& table_name, const Consumed& consumed, CapacityMode mode,
                     CapacityDirection direction = CapacityDirection::unspecified);

/// The list that batches and transactions answer: `,"ConsumedCapacity":[...]`, one entry per table, or nothing.
void append_consumed_list(std::string& out, const std::map<std::string, Consumed>& by_table, CapacityMode mode,
                          CapacityDirection direction = CapacityDirection::unspecified);

}  // namespace millrace::dynamodb
