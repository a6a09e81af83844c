#pragma once
// The rules for key attributes: of the table and of its indexes.

#include <optional>
#include <string>

#include "emulator/base/result.h"
#include "emulator/services/dynamodb/expression/ast.h"
#include "emulator/tables/table.h"

namespace millrace::dynamodb {

/// The key of an item under Family::items, from a Key parameter that must hold the key attributes and nothing else.
Result<std::string> key_of(const tables::Table& table, const AttributeMap& key);

/// The same for an item that is put: it must have the key attributes, and fit the indexes' keys where it has those.
Result<std::string> key_of_new_item(const tables::Table& table, const AttributeMap& item);

/// One value of a key attribute: it isn't empty, nor too large.
Result<void> check_key_value(const std::string& attribute, const AttributeValue& value, bool partition);

/// What an update made of the attributes that are index keys.
Result<void> check_updated_index_keys(const tables::Table& table, const AttributeMap& old, const AttributeMap& item);

/// "Key attributes must be scalars; ...": no path of an expression may lead into a key attribute of the table, or of
/// the index that is read (nullptr: of any index).
Result<void> check_projection_paths(const tables::Table& table, const tables::Index* index, const Projection& paths);
Result<void> check_paths_into_keys(const tables::Table& table, const std::optional<Condition>& condition,
                                   const tables::Index* index = nullptr);
/// The same for an update, which may not change the table's key either.
Result<void> check_update_paths(const tables::Table& table, const Update& update);

/// AttributeUpdates names the index whose key would get a value of the wrong type; expressions have a text of their own.
Result<void> check_legacy_index_keys(const tables::Table& table, const Update& update);
/// In a batch an item without its key, or with one of another type, is told like a Key parameter.
Result<std::string> key_of_new_item_in_batch(const tables::Table& table, const AttributeMap& item);

/// A key value as condition keys and messages show it: the string, the number, or base64.
std::string key_text(const AttributeValue& value);

}  // namespace millrace::dynamodb
