#include "emulator/services/dynamodb/items/operations.h"
#include "emulator/services/dynamodb/items/read_request.h"
#include "emulator/storage/keys.h"
#include "emulator/tables/item_keys.h"

namespace millrace::dynamodb {
namespace {

using protocol::optional;
using protocol::required;

const protocol::Shape& input_shape() {
  static const protocol::Shape shape = protocol::structure({
      optional("Select", select_shape()),
      optional("IndexName", item_index_shape()),
      optional("TotalSegments", protocol::integer().range(1, 1'000'000)),
      optional("ReturnConsumedCapacity", capacity_shape()),
      required("TableName", item_table_shape()),
      optional("ConditionalOperator", conditional_operator_shape()),
      optional("ScanFilter", conditions_shape()),
      optional("Segment", protocol::integer().range(0, 999'999)),
      optional("Limit", protocol::integer().at_least(1)),
      optional("AttributesToGet", attributes_to_get_shape()),
      optional("ExclusiveStartKey", protocol::map(protocol::any())),
      optional("ConsistentRead", protocol::boolean()),
      optional("ProjectionExpression", protocol::string()),
      optional("FilterExpression", protocol::string()),
      optional("ExpressionAttributeNames", names_shape()),
  });
  return shape;
}

const ReadOperation& operation() {
  static const ReadOperation scan{.shape = input_shape,
                                  .legacy_filter = "ScanFilter",
                                  .legacy = {"AttributesToGet", "ScanFilter", "ConditionalOperator"},
                                  .expressions = {"ProjectionExpression", "FilterExpression"},
                                  .expressions_with_values = {"FilterExpression"},
                                  .has_key_condition = false,
                                  .wording = Wording::plain,
                                  .reword = nullptr};
  return scan;
}

Result<void> check_segment(const ItemInput& input) {
  auto segment = input.integer("Segment"), total = input.integer("TotalSegments");
  if (segment && !total) {
    return input.invalid(
        "The TotalSegments parameter is required but was not present in the request when Segment parameter "
        "is present");
  }
  if (total && !segment) {
    return input.invalid(
        "The Segment parameter is required but was not present in the request when parameter TotalSegments "
        "is present");
  }
  if (segment && *segment >= *total) {
    return input.invalid(
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: " +
        std::to_string(*segment) + " is not less than TotalSegments: " + std::to_string(*total));
  }
  return {};
}

/// The keys of the segment that is read: everything without one.
KeyRange scan_range(const ItemInput& input, const std::string& prefix) {
  auto segment = input.integer("Segment");
  if (!segment) return {prefix, storage::prefix_end(prefix)};
  auto hashes =
      tables::segment_range(static_cast<uint32_t>(*segment), static_cast<uint32_t>(*input.integer("TotalSegments")));
  std::string first = prefix, last = prefix;
  storage::append_u32(first, hashes.first);
  storage::append_u32(last, hashes.last);
  return {first, storage::prefix_end(last)};
}

Result<void> continue_scan(PageRequest& page, const ItemInput& input, const AttributeMap& start) {
  TRY(std::string position, start_position(*page.table, page.index, start, true));
  KeyRange& range = page.ranges.front();
  if (position < range.from || position >= range.to) {
    return input.invalid(
        "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with "
        "correct "
        "Segment. TotalSegments: " +
        std::to_string(*input.integer("TotalSegments")) + " Segment: " + std::to_string(*input.integer("Segment")));
  }
  range.from = position + '\0';
  return {};
}

Result<protocol::HttpReply> run(const ItemContext& db, const protocol::Call& call) {
  ReadRequest request(call, operation());
  const ItemInput& input = request.input;
  TRY_VOID(check_parameters(request));
  TRY_VOID(check_segment(input));
  TRY_VOID(check_expressions(request));
  TRY(auto table, find_table(db, call.caller, input.text("TableName")));
  TRY(const tables::Index* index, index_to_read(input, *table));
  TRY(PageRequest page, page_request(request, *table, index));
  page.ranges = {scan_range(input, index ? tables::index_prefix(*table, *index) : tables::table_prefix(*table))};
  if (input.has("ExclusiveStartKey")) TRY_VOID(continue_scan(page, input, request.start));
  return answer_page(db, call, request, page);
}

}  // namespace

protocol::Operation scan(const ItemContext& db) {
  return {.name = "Scan",
          .access = access_to_table(db, "Scan"),
          .handle = protocol::ReplyHandler([db](protocol::Call& call) { return run(db, call); }),
          .dom_input = true};
}

}  // namespace millrace::dynamodb
