#include "emulator/services/dynamodb/items/keys.h"
#include "emulator/services/dynamodb/items/legacy.h"
#include "emulator/services/dynamodb/items/operations.h"
#include "emulator/services/dynamodb/items/page_reader.h"
#include "emulator/services/dynamodb/items/parts.h"
#include "emulator/services/dynamodb/items/throttle.h"
#include "emulator/storage/keys.h"
#include "emulator/tables/item_keys.h"

namespace millrace::dynamodb {
namespace {

using protocol::optional;
using protocol::required;

const protocol::Shape& input_shape() {
  static const protocol::Shape shape = protocol::structure({
      optional("Select", protocol::string().one_of({"SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"})),
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

/// A scan on its way; its trees point into it.
struct ScanRequest {
  explicit ScanRequest(const protocol::Call& call) : input(call, Wording::plain) {}

  ItemInput input;
  Placeholders placeholders;
  std::vector<LegacyEntry> scan_filter;
  AttributeMap start;
  std::optional<Condition> filter;
  std::optional<Projection> projection;
};

Result<void> check_segment(const ItemInput& input) {
  auto segment = input.integer("Segment"), total = input.integer("TotalSegments");
  if (segment && !total) {
    return input.invalid(
        "The TotalSegments parameter is required but was not present in the request when Segment parameter is present");
  }
  if (total && !segment) {
    return input.invalid(
        "The Segment parameter is required but was not present in the request when parameter TotalSegments is present");
  }
  if (segment && *segment >= *total) {
    return input.invalid("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: " +
                         std::to_string(*segment) + " is not less than TotalSegments: " + std::to_string(*total));
  }
  return {};
}

Result<void> check(ScanRequest& request) {
  ItemInput& input = request.input;
  request.start = input.attributes("ExclusiveStartKey");
  request.scan_filter = read_legacy(input, "ScanFilter");
  input.read_placeholders();
  TRY_VOID(input.check(input_shape()));
  TRY_VOID(input.check_mixing({"AttributesToGet", "ScanFilter", "ConditionalOperator"},
                              {"ProjectionExpression", "FilterExpression"}));
  TRY_VOID(input.check_placeholders_allowed({"ProjectionExpression", "FilterExpression"}, {"FilterExpression"}));
  if (auto wrong = input.check_values("ExclusiveStartKey"); wrong.has_error()) {
    return input.invalid("The provided starting key is invalid: " + wrong.error().message);
  }
  TRY(request.filter, filter_condition(input, "ScanFilter", request.scan_filter));
  TRY(request.projection, attributes_to_get(input));
  TRY_VOID(check_select(input));
  TRY_VOID(check_segment(input));
  TRY_VOID(input.placeholders(request.placeholders));
  if (auto expression = input.optional_text("FilterExpression")) {
    TRY(request.filter, checked(parse_condition(*expression, request.placeholders, ExpressionKind::filter), input));
  }
  if (auto expression = input.optional_text("ProjectionExpression")) {
    TRY(request.projection, checked(parse_projection(*expression, request.placeholders), input));
  }
  if (auto unused = request.placeholders.unused()) return input.invalid(*unused);
  return {};
}

/// The keys of the segment that is read: everything without one.
KeyRange scan_range(const ItemInput& input, const std::string& prefix) {
  auto segment = input.integer("Segment");
  if (!segment) return {prefix, storage::prefix_end(prefix)};
  auto hashes = tables::segment_range(static_cast<uint32_t>(*segment), static_cast<uint32_t>(*input.integer("TotalSegments")));
  std::string first = prefix, last = prefix;
  storage::append_u32(first, hashes.first);
  storage::append_u32(last, hashes.last);
  return {first, storage::prefix_end(last)};
}

Result<void> continue_scan(PageRequest& page, const ItemInput& input, const AttributeMap& start) {
  TRY(std::string position, start_position(*page.table, page.index, start, true));
  if (position < page.range.from || position >= page.range.to) {
    return input.invalid(
        "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct "
        "Segment. TotalSegments: " +
        std::to_string(*input.integer("TotalSegments")) + " Segment: " + std::to_string(*input.integer("Segment")));
  }
  page.range.from = position + '\0';
  return {};
}

Result<protocol::HttpReply> run(const ItemContext& db, const protocol::Call& call) {
  ScanRequest request(call);
  TRY_VOID(check(request));
  const ItemInput& input = request.input;
  TRY(auto table, find_table(db, call.caller.account, call.caller.region, input.text("TableName")));
  TRY(const tables::Index* index, index_to_read(input, *table));
  TRY_VOID(check_paths_into_keys(*table, request.filter, index));
  if (request.projection) TRY_VOID(check_projection_paths(*table, index, *request.projection));
  TRY(Selection selection, select(input, *table, index, std::move(request.projection)));

  PageRequest page;
  page.table = table.get();
  page.index = index;
  page.range = scan_range(input, index ? tables::index_prefix(*table, *index) : tables::table_prefix(*table));
  if (input.has("ExclusiveStartKey")) TRY_VOID(continue_scan(page, input, request.start));
  page.limit = static_cast<size_t>(input.integer("Limit").value_or(INT64_MAX));
  page.consistent = input.flag("ConsistentRead");
  page.filter = request.filter ? &*request.filter : nullptr;
  page.projection = std::move(selection.projection);
  page.count_only = selection.count_only;
  page.fetch_items = selection.fetch_items;
  if (db.throttle) TRY_VOID(db.throttle->admit(*table, index, Direction::read));
  TRY(Page result, read_page(db.store, page));
  if (db.throttle) db.throttle->spend(*table, result.consumed, Direction::read);
  return json_reply(page_answer(page, result, capacity_mode(input.text("ReturnConsumedCapacity"))));
}

}  // namespace

protocol::Operation scan(const ItemContext& db) {
  return {.name = "Scan",
          .access = access_to_table(db, "Scan"),
          .handle = protocol::ReplyHandler([db](protocol::Call& call) { return run(db, call); }),
          .dom_input = true};
}

}  // namespace millrace::dynamodb
