#pragma once
// Reads one page of items for Query and Scan: entries in key order, up to `Limit` or a megabyte before the filter.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/services/dynamodb/expression/ast.h"
#include "emulator/services/dynamodb/items/capacity.h"
#include "emulator/storage/store.h"
#include "emulator/tables/table.h"

namespace millrace::dynamodb {

/// What a page is read from: from <= key < to in Family::items, or in Family::indexes for an index.
struct KeyRange {
  std::string from;
  std::string to;
};

struct PageRequest {
  const tables::Table* table = nullptr;
  const tables::Index* index = nullptr;  // nullptr: the table itself
  std::vector<KeyRange> ranges;          // disjoint, read one after the other; each in key order, or reversed
  bool reverse = false;
  size_t limit = SIZE_MAX;  // evaluated items
  bool consistent = false;
  const Condition* filter = nullptr;
  std::optional<Projection> projection;
  /// How `projection` is applied; nullptr: as a ProjectionExpression.
  AttributeMap (*select_paths)(const AttributeMap& item, const Projection& paths) = nullptr;
  bool count_only = false;
  /// A local index whose entries lack attributes that are wanted: whole items come from the table.
  bool fetch_items = false;
};

struct Page {
  std::string items;  // JSON, joined by commas
  size_t count = 0;
  size_t scanned_count = 0;
  std::optional<AttributeMap> last_evaluated_key;
  Consumed consumed;
};

/// Leaves of the ranges what comes after this key.
void continue_after(PageRequest& request, const std::string& key);

Result<Page> read_page(const storage::Reader& reader, const PageRequest& request);

/// `"Items":[...],"Count":1,...`: the answer's body.
std::string page_answer(const PageRequest& request, const Page& page, CapacityMode mode);

/// What Query and Scan have in common. How the attributes that are asked for fit the index that is read.
struct Selection {
  std::optional<Projection> projection;
  bool count_only = false;
  bool fetch_items = false;
};
class ItemInput;
/// Whether the index's entries have the attribute.
bool holds_attribute(const tables::Table& table, const tables::Index& index, const std::string& name);
/// Select against ProjectionExpression and AttributesToGet: errors that need no table.
Result<void> check_select(const ItemInput& input);
/// The index by IndexName, readable with this consistency; nullptr for the table itself.
Result<const tables::Index*> index_to_read(const ItemInput& input, const tables::Table& table);
/// The index of that name, if it exists, is filled, and can be read with this consistency.
Result<const tables::Index*> readable_index(const tables::Table& table, std::string_view name, bool consistent);
/// `wanted` is Select.
Result<Selection> select(std::string_view wanted, const tables::Table& table, const tables::Index* index,
                         std::optional<Projection> projection);

/// The key under which an exclusive start key continues; errors of its form.
Result<std::string> start_position(const tables::Table& table, const tables::Index* index, const AttributeMap& start,
                                   bool scanning);

}  // namespace millrace::dynamodb
