#include "emulator/services/dynamodb/items/keys.h"

#include "emulator/base/encoding.h"
#include "emulator/services/dynamodb/expression/evaluate.h"
#include "emulator/services/dynamodb/items/input.h"
#include "emulator/tables/item_keys.h"

namespace millrace::dynamodb {
namespace {

using tables::Index;
using tables::KeyAttribute;
using tables::KeySchema;
using tables::Table;

// Source: developer guide, "Partition keys and sort keys" quotas.
constexpr size_t kPartitionKeyBytesMax = 2048;
constexpr size_t kSortKeyBytesMax = 1024;

constexpr char kInvalid[] = "One or more parameter values were invalid: ";
constexpr char kKeyMismatch[] = "The provided key element does not match the schema";
constexpr char kNotValid[] = "One or more parameter values are not valid. ";

bool is_empty(const AttributeValue& value) {
  if (auto* text = value.get_if<std::string>()) return text->empty();
  if (auto* binary = value.get_if<Binary>()) return binary->bytes.empty();
  return false;
}

std::string empty_text(const AttributeValue& value) {
  return std::string("The AttributeValue for a key attribute cannot contain an empty ") +
         (value.type() == AttributeType::B ? "binary" : "string") + " value.";
}

Result<void> check_size(const AttributeValue& value, bool partition) {
  size_t size = size_bytes(value);
  if (partition && size > kPartitionKeyBytesMax) {
    return validation_error(std::string(kInvalid) + "Size of hashkey has exceeded the maximum size limit of2048 bytes");
  }
  if (!partition && size > kSortKeyBytesMax) {
    return validation_error(std::string(kInvalid) +
                            "Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
  }
  return {};
}

/// Emptiness and size of the table's key attributes, which are known to be there with the right types.
Result<void> check_key_values(const KeySchema& schema, const AttributeMap& attributes) {
  for (const auto* part : {&schema.partition, &schema.sort}) {
    for (const KeyAttribute& attribute : *part) {
      const AttributeValue& value = *attributes.find(attribute.name);
      if (is_empty(value)) return validation_error(kNotValid + empty_text(value) + " Key: " + attribute.name);
    }
  }
  for (const KeyAttribute& attribute : schema.partition) TRY_VOID(check_size(*attributes.find(attribute.name), true));
  for (const KeyAttribute& attribute : schema.sort) TRY_VOID(check_size(*attributes.find(attribute.name), false));
  return {};
}

/// Of the indexes with that key attribute, errors name the first by name.
std::string named_index(const Table& table, const KeyAttribute& attribute) {
  std::string name;
  for (const Index& index : table.indexes) {
    if (index.key.find(attribute.name) && (name.empty() || index.name < name)) name = index.name;
  }
  return name;
}

AwsError wrong_index_key_type(const Table& table, const KeyAttribute& attribute, const AttributeValue& value) {
  return validation_error(std::string(kInvalid) + "Type mismatch for Index Key " + attribute.name +
                          " Expected: " + type_name(attribute.type) + " Actual: " + type_name(value.type()) +
                          " IndexName: " + named_index(table, attribute));
}

Result<void> check_index_key(const Table& table, const KeyAttribute& attribute, const AttributeMap& item,
                             bool partition) {
  const AttributeValue* value = item.find(attribute.name);
  if (!value) return {};
  if (value->type() != attribute.type) return wrong_index_key_type(table, attribute, *value);
  if (is_empty(*value)) {
    return validation_error(std::string(kNotValid) + "A value specified for a secondary index key is not supported. " +
                            empty_text(*value) + " IndexName: " + named_index(table, attribute) +
                            ", IndexKey: " + attribute.name);
  }
  return check_size(*value, partition);
}

Result<void> check_index_keys(const Table& table, const AttributeMap& item) {
  for (const Index& index : table.indexes) {
    for (const KeyAttribute& attribute : index.key.partition) TRY_VOID(check_index_key(table, attribute, item, true));
    for (const KeyAttribute& attribute : index.key.sort) TRY_VOID(check_index_key(table, attribute, item, false));
  }
  return {};
}

std::string stored_key(const Table& table, const AttributeMap& attributes) {
  return tables::item_key(table, attributes).value_or(std::string());
}

}  // namespace

Result<void> check_key_value(const std::string& attribute, const AttributeValue& value, bool partition) {
  if (is_empty(value)) return validation_error(kNotValid + empty_text(value) + " Key: " + attribute);
  return check_size(value, partition);
}

Result<std::string> key_of(const Table& table, const AttributeMap& key) {
  auto mismatch = [] { return validation_error(kKeyMismatch); };
  if (key.size() != table.key.partition.size() + table.key.sort.size()) return mismatch();
  for (const auto* part : {&table.key.partition, &table.key.sort}) {
    for (const KeyAttribute& attribute : *part) {
      const AttributeValue* value = key.find(attribute.name);
      if (!value || value->type() != attribute.type) return mismatch();
    }
  }
  TRY_VOID(check_key_values(table.key, key));
  return stored_key(table, key);
}

Result<std::string> key_of_new_item(const Table& table, const AttributeMap& item) {
  for (const auto* part : {&table.key.partition, &table.key.sort}) {
    for (const KeyAttribute& attribute : *part) {
      const AttributeValue* value = item.find(attribute.name);
      if (!value) return validation_error(std::string(kInvalid) + "Missing the key " + attribute.name + " in the item");
      if (value->type() != attribute.type) {
        return validation_error(std::string(kInvalid) + "Type mismatch for key " + attribute.name +
                                " expected: " + type_name(attribute.type) + " actual: " + type_name(value->type()));
      }
    }
  }
  TRY_VOID(check_key_values(table.key, item));
  TRY_VOID(check_index_keys(table, item));
  return stored_key(table, item);
}

Result<std::string> key_of_new_item_in_batch(const Table& table, const AttributeMap& item) {
  for (const auto* part : {&table.key.partition, &table.key.sort}) {
    for (const KeyAttribute& attribute : *part) {
      const AttributeValue* value = item.find(attribute.name);
      if (!value || value->type() != attribute.type) return validation_error(kKeyMismatch);
    }
  }
  return key_of_new_item(table, item);
}

Result<void> check_updated_index_keys(const Table& table, const AttributeMap& old, const AttributeMap& item) {
  for (const Index& index : table.indexes) {
    for (const auto* part : {&index.key.partition, &index.key.sort}) {
      for (const KeyAttribute& attribute : *part) {
        const AttributeValue* value = item.find(attribute.name);
        const AttributeValue* before = old.find(attribute.name);
        if (!value || (before && *before == *value)) continue;
        if (value->type() != attribute.type) return wrong_index_key_type(table, attribute, *value);
        if (is_empty(*value)) {
          return validation_error(std::string(kNotValid) +
                                  "The update expression attempted to update a secondary index key to a value that is "
                                  "not supported. " +
                                  empty_text(*value));
        }
        TRY_VOID(check_size(*value, part == &index.key.partition));
      }
    }
  }
  return {};
}

namespace {

Result<void> check_path(const Table& table, const Index* index, const Path& path) {
  if (path.size() < 2) return {};
  constexpr char kText[] =
      "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ";
  const std::string& name = attribute_of(path);
  if (table.key.find(name)) return validation_error(std::string(kText) + "Key: " + name);
  for (const Index& one : table.indexes) {
    if ((!index || index == &one) && one.key.find(name))
      return validation_error(std::string(kText) + "IndexKey: " + name);
  }
  return {};
}

}  // namespace

Result<void> check_projection_paths(const Table& table, const Index* index, const Projection& paths) {
  for (const Path& path : paths) TRY_VOID(check_path(table, index, path));
  return {};
}

Result<void> check_paths_into_keys(const Table& table, const std::optional<Condition>& condition, const Index* index) {
  std::optional<AwsError> error;
  if (!condition) return {};
  for_each_path(*condition, [&](const Path& path) {
    auto checked = check_path(table, index, path);
    if (checked.has_error() && !error) error = std::move(checked).error();
  });
  if (error) return std::move(*error);
  return {};
}

Result<void> check_update_paths(const Table& table, const Update& update) {
  for (const UpdateAction& action : update.actions) {
    TRY_VOID(check_path(table, nullptr, action.path));
    const std::string& name = attribute_of(action.path);
    if (table.key.find(name)) {
      return validation_error(std::string(kInvalid) + "Cannot update attribute " + name +
                              ". This attribute is part of the key");
    }
  }
  return {};
}

Result<void> check_legacy_index_keys(const Table& table, const Update& update) {
  AttributeMap written;
  for (const UpdateAction& action : update.actions) {
    if (action.section != UpdateSection::remove) written.set(attribute_of(action.path), *action.value.value);
  }
  return check_index_keys(table, written);
}

std::string key_text(const AttributeValue& value) {
  if (auto* text = value.get_if<std::string>()) return *text;
  if (auto* number = value.get_if<Number>()) return number->text();
  if (auto* binary = value.get_if<Binary>()) return to_base64(binary->bytes);
  return {};
}

}  // namespace millrace::dynamodb
