#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/protocol/tag_keys.h"
#include "emulator/services/dynamodb/table/rapid_changes.h"
#include "emulator/services/dynamodb/table/table_rules.h"
#include "emulator/services/dynamodb/table/table_service.h"
#include "emulator/services/dynamodb/table/table_shapes.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::Table;
using tables::TablePtr;

namespace {

constexpr size_t kTagsMax = 50;
constexpr size_t kKeyCharactersMax = 128;
constexpr size_t kValueCharactersMax = 256;

/// Letters and digits of any script, blanks, and + - = . _ : / @. Beyond ASCII everything is taken but what
/// lies outside the first plane (emoji), as measured.
bool is_tag_text(std::string_view text, size_t characters_max) {
  size_t characters = 0;
  for (unsigned char c : text) {
    if ((c & 0xC0) != 0x80) ++characters;
    if (c >= 0xF0) return false;
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (c < 0x80 && !letter && std::string_view(" +-=._:/@").find(static_cast<char>(c)) == std::string_view::npos)
      return false;
  }
  return characters <= characters_max;
}

Result<void> check_key(const std::optional<std::string>& key) {
  if (key && !key->empty() && is_tag_text(*key, kKeyCharactersMax)) return {};
  return validation_error("The Tag Key provided is invalid, Key: " + key.value_or("null"));
}

Result<TablePtr> find_tagged(const TableService& service, const Call& call) {
  std::string resource = text_of(call.input, "ResourceArn");
  TRY_VOID(check_resource_arn(resource));
  auto arn = Arn::parse(resource);
  if (arn->region != call.caller.region)
    return validation_error("Invalid TableArn: Invalid ResourceArn provided as input " + resource);
  TablePtr table = service.tables.catalog.find(call.caller.account, call.caller.region, resource);
  if (!table || table->status == tables::TableStatus::creating)
    return AwsError(errors::resource_not_found,
                    "Requested resource not found: ResourceArn: " + resource + " not found");
  return table;
}

Json tags_of(const Table& table) {
  const Json* tags = find(table.settings, "Tags");
  return tags ? *tags : Json::array();
}

/// Replaces the table's tags by what `edit` makes of them.
Result<Json> change_tags(TableService& service, uint64_t table_id,
                         const std::function<Result<void>(Json& tags)>& edit) {
  return service.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TablePtr current = service.tables.catalog.by_id(table_id);
    if (!current) return AwsError(errors::resource_not_found, "Requested resource not found");
    Table table = *current;
    Json tags = tags_of(table);
    TRY_VOID(edit(tags));
    TRY_VOID(note_change(service, table, Setting::tags));
    if (tags.empty())
      table.settings.erase("Tags");
    else
      table.settings["Tags"] = std::move(tags);
    service.tables.catalog.put(txn, std::move(table));
    return Json();  // an empty body
  });
}

Result<void> add_tags(Json& tags, const Json& added) {
  for (const Json& tag : added) {
    bool replaced = false;
    for (Json& existing : tags) {
      if (text_of(existing, "Key") != text_of(tag, "Key")) continue;
      existing["Value"] = text_of(tag, "Value");
      replaced = true;
    }
    if (!replaced) tags.push_back({{"Key", text_of(tag, "Key")}, {"Value", text_of(tag, "Value")}});
  }
  if (tags.size() > kTagsMax)
    return validation_error("Number of Tags exceed the current limit for the provided ResourceArn");
  return {};
}

}  // namespace

Result<void> check_tags(const Json& tags) {
  std::set<std::string> seen;
  for (const Json& tag : tags) {
    auto key = optional_text(tag, "Key"), value = optional_text(tag, "Value");
    TRY_VOID(check_key(key));
    if (!value || !is_tag_text(*value, kValueCharactersMax))
      return validation_error("The Tag Value provided is invalid, Value: " + value.value_or("null"));
    if (protocol::is_reserved_tag_key(*key))
      return validation_error("Tag Key cannot be prefixed with aws:, Key: " + *key);
    if (!seen.insert(*key).second)
      return validation_error("Duplicate Tag Keys provided as input: Duplicate Tag Key found " + *key);
  }
  if (tags.size() > kTagsMax)
    return validation_error("Number of Tags exceed the current limit for the provided ResourceArn");
  return {};
}

Operation tag_resource(TableService& service) {
  static const Shape input =
      structure({required("ResourceArn", string().length(1, 1283)), required("Tags", tags_shape())});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(TablePtr table, find_tagged(service, call));
    const Json& added = *find(call.input, "Tags");
    if (added.empty()) return validation_error("Atleast one Tag needs to be provided as Input.");
    TRY_VOID(check_tags(added));
    return change_tags(service, table->id, [&](Json& tags) { return add_tags(tags, added); });
  };
  return {.name = "TagResource",
          .input = &input,
          .access = table_access(service, "TagResource", "ResourceArn"),
          .handle = JsonHandler(handle)};
}

Operation untag_resource(TableService& service) {
  static const Shape input =
      structure({required("ResourceArn", string().length(1, 1283)), required("TagKeys", list(string()))});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(TablePtr table, find_tagged(service, call));
    const Json& keys = *find(call.input, "TagKeys");
    if (keys.empty()) return validation_error("Atleast one Tag Key needs to be provided as Input.");
    for (const Json& key : keys) TRY_VOID(check_key(key.get<std::string>()));
    // Also the removal of more tags than there may be.
    if (keys.size() > kTagsMax)
      return validation_error("Number of Tags exceed the current limit for the provided ResourceArn");
    return change_tags(service, table->id, [&](Json& tags) -> Result<void> {
      Json kept = Json::array();
      for (const Json& tag : tags) {
        if (std::find(keys.begin(), keys.end(), tag["Key"]) == keys.end()) kept.push_back(tag);
      }
      tags = std::move(kept);
      return {};
    });
  };
  return {.name = "UntagResource",
          .input = &input,
          .access = table_access(service, "UntagResource", "ResourceArn"),
          .handle = JsonHandler(handle)};
}

Operation list_tags_of_resource(TableService& service) {
  static const Shape input =
      structure({required("ResourceArn", string().length(1, 1283)), optional("NextToken", string())});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(TablePtr table, find_tagged(service, call));
    return Json{{"Tags", tags_of(*table)}};  // fifty at most: one page
  };
  return {.name = "ListTagsOfResource",
          .input = &input,
          .access = table_access(service, "ListTagsOfResource", "ResourceArn"),
          .handle = JsonHandler(handle),
          .runs = Runs::inlined};
}

}  // namespace millrace::dynamodb
