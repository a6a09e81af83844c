// What Query and Scan check of Select, IndexName and ExclusiveStartKey.

#include <algorithm>

#include "emulator/services/dynamodb/expression/evaluate.h"
#include "emulator/services/dynamodb/items/input.h"
#include "emulator/services/dynamodb/items/page_reader.h"
#include "emulator/tables/item_keys.h"

namespace millrace::dynamodb {

using tables::Index;
using tables::IndexKind;
using tables::IndexStatus;
using tables::KeySchema;
using tables::ProjectionType;
using tables::Table;

namespace {
constexpr char kInvalid[] = "One or more parameter values were invalid: ";
}  // namespace

bool holds_attribute(const Table& table, const Index& index, const std::string& name) {
  const auto& extra = index.projection.non_key_attributes;
  return index.projection.type == ProjectionType::all || table.key.find(name) || index.key.find(name) ||
         std::find(extra.begin(), extra.end(), name) != extra.end();
}

namespace {

std::vector<std::string> attributes_not_in(const Table& table, const Index& index, const Projection& projection) {
  std::vector<std::string> out;
  for (const Path& path : projection) {
    const std::string& name = attribute_of(path);
    if (!holds_attribute(table, index, name) && std::find(out.begin(), out.end(), name) == out.end())
      out.push_back(name);
  }
  return out;
}

/// The attributes of `schema` with their types; false if one is absent or has another type.
bool matches(const KeySchema& schema, const AttributeMap& key) {
  for (const auto* part : {&schema.partition, &schema.sort}) {
    for (const auto& attribute : *part) {
      const AttributeValue* value = key.find(attribute.name);
      if (!value || value->type() != attribute.type) return false;
    }
  }
  return true;
}

size_t key_count(const Table& table, const Index* index) {
  size_t count = table.key.partition.size() + table.key.sort.size();
  if (!index) return count;
  for (const auto* part : {&index->key.partition, &index->key.sort}) {
    for (const auto& attribute : *part) count += table.key.find(attribute.name) ? 0 : 1;
  }
  return count;
}

}  // namespace

Result<void> check_select(const ItemInput& input) {
  auto wanted = input.optional_text("Select");
  if (!wanted) return {};
  const char* named = input.has("AttributesToGet")        ? "AttributesToGet"
                      : input.has("ProjectionExpression") ? "ProjectionExpression"
                                                          : nullptr;
  // Query has the words before it that its other errors lack.
  auto refuse = [&](std::string text) {
    return validation_error(input.wording() == Wording::bare ? Wording::prefixed : Wording::plain, std::move(text));
  };
  if (*wanted == "SPECIFIC_ATTRIBUTES") {
    if (named) return {};
    return refuse("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES");
  }
  if (*wanted == "ALL_PROJECTED_ATTRIBUTES" && !input.has("IndexName")) {
    return refuse("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  }
  if (!named) return {};
  std::string what = *wanted == "COUNT" ? "only the Count" : std::string(*wanted);
  return refuse(std::string("Cannot specify the ") + named + " when choosing to get " + what);
}

Result<const Index*> index_to_read(const ItemInput& input, const Table& table) {
  auto name = input.optional_text("IndexName");
  if (!name) return nullptr;
  return readable_index(table, *name, input.flag("ConsistentRead"));
}

Result<const Index*> readable_index(const Table& table, std::string_view name, bool consistent) {
  const Index* index = table.index(name);
  if (!index || index->status == IndexStatus::deleting) {
    return validation_error("The table does not have the specified index: " + std::string(name));
  }
  if (index->kind == IndexKind::global && consistent) {
    return validation_error("Consistent reads are not supported on global secondary indexes");
  }
  if (index->status == IndexStatus::creating || index->backfilling) {
    return validation_error("Cannot read from backfilling global secondary index: " + std::string(name));
  }
  return index;
}

Result<Selection> select(std::string_view wanted, const Table& table, const Index* index,
                         std::optional<Projection> projection) {
  Selection selection;
  selection.count_only = wanted == "COUNT";
  if (index) {
    const bool whole = index->projection.type == ProjectionType::all;
    if (wanted == "ALL_ATTRIBUTES" && !whole) {
      if (index->kind == IndexKind::global) {
        return validation_error(std::string(kInvalid) +
                                "Select type ALL_ATTRIBUTES is not supported for global secondary index " +
                                index->name + " because its projection type is not ALL");
      }
      selection.fetch_items = true;
    }
    auto beyond = projection ? attributes_not_in(table, *index, *projection) : std::vector<std::string>();
    if (!beyond.empty() && index->kind == IndexKind::global) {
      std::string names;
      for (const auto& name : beyond) names += (names.empty() ? "" : ", ") + name;
      return validation_error(std::string(kInvalid) + "Global secondary index " + index->name + " does not project [" +
                              names + "]");
    }
    selection.fetch_items |= !beyond.empty();
  }
  selection.projection = std::move(projection);
  return selection;
}

Result<std::string> start_position(const Table& table, const Index* index, const AttributeMap& start, bool scanning) {
  constexpr char kText[] = "The provided starting key is invalid";
  const std::string mismatch = std::string(kText) + ": The provided key element does not match the schema";
  if (start.size() != key_count(table, index)) return validation_error(scanning && !index ? mismatch : kText);
  if (!matches(table.key, start) || (index && !matches(index->key, start))) return validation_error(mismatch);
  auto key = index ? tables::index_key(table, *index, start) : tables::item_key(table, start);
  if (!key) return validation_error(kText);
  return std::move(*key);
}

}  // namespace millrace::dynamodb
