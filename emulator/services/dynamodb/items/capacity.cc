#include "emulator/services/dynamodb/items/capacity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "emulator/base/json.h"

namespace millrace::dynamodb {
namespace {

constexpr double kReadUnitBytes = 4096;
constexpr double kWriteUnitBytes = 1024;

/// "1.0", "0.5"
std::string units_text(double units) {
  return fmt::format("{:.1f}", units);
}

void append_units(std::string& out, double units, CapacityDirection direction) {
  if (direction == CapacityDirection::read) out.append("\"ReadCapacityUnits\":").append(units_text(units)).append(",");
  if (direction == CapacityDirection::write)
    out.append("\"WriteCapacityUnits\":").append(units_text(units)).append(",");
  out.append("\"CapacityUnits\":").append(units_text(units));
}

void append_indexes(std::string& out, const char* member, const std::map<std::string, double>& indexes,
                    CapacityDirection direction) {
  if (indexes.empty()) return;
  out.append(",\"").append(member).append("\":{");
  bool first = true;
  for (const auto& [name, units] : indexes) {
    if (!first) out.push_back(',');
    first = false;
    append_json_string(out, name);
    out.append(":{");
    append_units(out, units, direction);
    out.push_back('}');
  }
  out.push_back('}');
}

}  // namespace

double Consumed::total() const {
  double sum = table;
  for (const auto* indexes : {&local, &global}) {
    for (const auto& [name, units] : *indexes) sum += units;
  }
  return sum;
}

void Consumed::add_index(const tables::Index& index, double units) {
  (index.kind == tables::IndexKind::global ? global : local)[index.name] += units;
}

void Consumed::add(const Consumed& other) {
  table += other.table;
  for (const auto& [name, units] : other.local) local[name] += units;
  for (const auto& [name, units] : other.global) global[name] += units;
}

void Consumed::scale(double factor) {
  table *= factor;
  for (auto* indexes : {&local, &global}) {
    for (auto& [name, units] : *indexes) units *= factor;
  }
}

double read_units(size_t bytes, bool consistent) {
  double units = std::max(1.0, std::ceil(static_cast<double>(bytes) / kReadUnitBytes));
  return consistent ? units : units / 2;
}

double write_units(size_t bytes) {
  return std::max(1.0, std::ceil(static_cast<double>(bytes) / kWriteUnitBytes));
}

CapacityMode capacity_mode(std::string_view text) {
  if (text == "TOTAL") return CapacityMode::total;
  return text == "INDEXES" ? CapacityMode::indexes : CapacityMode::none;
}

void append_consumed(std::string& out, const std::string& table_name, const Consumed& consumed, CapacityMode mode,
                     CapacityDirection direction) {
  out.append("{\"TableName\":");
  append_json_string(out, table_name);
  out.push_back(',');
  append_units(out, consumed.total(), direction);
  if (mode == CapacityMode::indexes) {
    out.append(",\"Table\":{");
    append_units(out, consumed.table, direction);
    out.push_back('}');
    append_indexes(out, "LocalSecondaryIndexes", consumed.local, direction);
    append_indexes(out, "GlobalSecondaryIndexes", consumed.global, direction);
  }
  out.push_back('}');
}

void append_consumed_list(std::string& out, const std::map<std::string, Consumed>& by_table, CapacityMode mode,
                          CapacityDirection direction) {
  if (mode == CapacityMode::none) return;
  out.append(",\"ConsumedCapacity\":[");
  bool first = true;
  for (const auto& [name, consumed] : by_table) {
    if (!first) out.push_back(',');
    first = false;
    append_consumed(out, name, consumed, mode, direction);
  }
  out.push_back(']');
}

}  // namespace millrace::dynamodb
