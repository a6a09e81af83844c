#include "emulator/base/arn.h"
#include "emulator/services/dynamodb/table/description.h"
#include "emulator/services/dynamodb/table/lifecycle.h"
#include "emulator/services/dynamodb/table/table_rules.h"
#include "emulator/services/dynamodb/table/table_service.h"
#include "emulator/services/dynamodb/table/table_shapes.h"

namespace millrace::dynamodb {

using namespace protocol;

namespace {

/// The members that aren't part of the keys and indexes.
Result<void> read_settings(const Call& call, tables::Table& table, TableService& service) {
  const Json& input = call.input;
  TRY_VOID(check_stream_at_creation(input));
  std::string table_class = text_of(input, "TableClass");
  TRY_VOID(check_table_class(table_class));
  if (!table_class.empty() && table_class != "STANDARD")
    table.settings["TableClassSummary"] = {{"TableClass", table_class}};
  if (const Json* sse = find(input, "SSESpecification")) {
    TRY_VOID(check_encryption(*sse));
    TRY_VOID(use_encryption_key(service, sse, call.caller.account, call.caller.region, &call));
    Json description = sse_description(*service.keys, *sse, call.caller.account, call.caller.region);
    if (!description.is_null()) table.settings["SSEDescription"] = std::move(description);
  }
  if (const Json* tags = find(input, "Tags")) {
    TRY_VOID(check_tags(*tags));
    if (!tags->empty()) table.settings["Tags"] = *tags;
  }
  if (auto given = optional_text(input, "ResourcePolicy")) {
    TRY(std::string policy, read_policy_document(*given, false));
    table.settings["ResourcePolicy"] = {{"Policy", policy},
                                        {"RevisionId", std::to_string(service.context.clock.now_ms())}};
  }
  table.deletion_protection = bool_of(input, "DeletionProtectionEnabled");
  if (const Json* stream = find(input, "StreamSpecification"); stream && bool_of(*stream, "StreamEnabled")) {
    table.stream.enabled = true;
    table.stream.view_type = *tables::parse_view_type(text_of(*stream, "StreamViewType"));
  }
  return {};
}

}  // namespace

Operation create_table(TableService& service) {
  static const Shape input = structure({
      required("AttributeDefinitions", attribute_definitions_shape()),
      required("TableName", named_table_shape()),
      optional("BillingMode", billing_mode_shape()),
      optional("ProvisionedThroughput", throughput_shape()),
      required("KeySchema", key_schema_shape(2)),
      optional("GlobalSecondaryIndexes", global_indexes_shape()),
      optional("LocalSecondaryIndexes", local_indexes_shape()),
      optional("StreamSpecification", stream_specification_shape()),
      optional("SSESpecification", sse_specification_shape()),
      optional("Tags", tags_shape()),
      optional("TableClass", string()),
      optional("DeletionProtectionEnabled", boolean()),
      optional("WarmThroughput", warm_throughput_shape()),
      optional("OnDemandThroughput", on_demand_shape()),
      optional("ResourcePolicy", string()),
  });
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY_VOID(refuse_members(call, {"GlobalTableSourceArn", "GlobalTableSettingsReplicationMode"}));
    TRY_VOID(check_table_name(text_of(call.input, "TableName")));
    call.input["TableName"] = name_of(text_of(call.input, "TableName"));
    TRY(tables::Table table, read_table_definition(call.input, call.caller.region));
    TRY_VOID(read_settings(call, table, service));
    table.account = call.caller.account;
    table.region = call.caller.region;
    TRY(tables::TablePtr created, add_table(service, std::move(table)));
    return Json{{"TableDescription", describe_creating(*created, service.tables.statistics)}};
  };
  auto access = [&service](const Call& call) -> Result<AccessNeeds> {
    TRY(AccessNeeds needs, table_access(service, "CreateTable")(call));
    const Json* tags = find(call.input, "Tags");
    if (tags && !tags->empty()) needs.push_back({"dynamodb:TagResource", needs[0].resource});
    return needs;
  };
  return {.name = "CreateTable", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

}  // namespace millrace::dynamodb
