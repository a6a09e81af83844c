#include "emulator/services/dynamodb/table/table_shapes.h"

namespace millrace::dynamodb {

using namespace protocol;

namespace {
constexpr const char* kNamePattern = "[a-zA-Z0-9_.-]+";
constexpr int kGlobalIndexKeysMax = 8;  // four partition and four sort attributes
}  // namespace

Shape table_name_shape() {
  return string().length(3, 255).pattern(kNamePattern);
}
Shape named_table_shape() {
  return table_name_shape().or_arn();
}
Shape index_name_shape() {
  return string().length(3, 255).pattern(kNamePattern);
}

Shape attribute_definitions_shape() {
  return list(structure({required("AttributeType", string().one_of({"B", "N", "S"})),
                         required("AttributeName", string().length(1, 255))})
                  .named("AttributeDefinition"));
}

Shape key_schema_shape(int max_elements) {
  return list(structure({required("AttributeName", string().length(1, 255)),
                         required("KeyType", string().one_of({"HASH", "RANGE"}))})
                  .named("KeySchemaElement"))
      .length(1, max_elements);
}

Shape projection_shape() {
  return structure({optional("ProjectionType", string().one_of({"ALL", "INCLUDE", "KEYS_ONLY"})),
                    optional("NonKeyAttributes", list(string().length(1, 255)).length(1, 20))})
      .named("Projection");
}

Shape throughput_shape() {
  return structure({required("WriteCapacityUnits", integer().at_least(1)),
                    required("ReadCapacityUnits", integer().at_least(1))})
      .named("ProvisionedThroughput");
}

Shape on_demand_shape() {
  return structure({optional("MaxReadRequestUnits", integer()), optional("MaxWriteRequestUnits", integer())})
      .named("OnDemandThroughput");
}

Shape warm_throughput_shape() {
  return structure({optional("ReadUnitsPerSecond", integer()), optional("WriteUnitsPerSecond", integer())})
      .named("WarmThroughput");
}

Shape stream_specification_shape() {
  return structure({required("StreamEnabled", boolean()),
                    optional("StreamViewType",
                             string().one_of({"OLD_IMAGE", "KEYS_ONLY", "NEW_AND_OLD_IMAGES", "NEW_IMAGE"}))})
      .named("StreamSpecification");
}

Shape sse_specification_shape() {
  return structure({optional("Enabled", boolean()), optional("SSEType", string().one_of({"AES256", "KMS"})),
                    optional("KMSMasterKeyId", string().length(1, 2048))})
      .named("SSESpecification");
}

Shape tags_shape() {
  // AWS reports none of a tag's limits as a constraint: check_tags() has them.
  return list(structure({optional("Key", string()), optional("Value", string())}).named("Tag"));
}

Shape billing_mode_shape() {
  return string().one_of({"PROVISIONED", "PAY_PER_REQUEST"});
}

Shape local_indexes_shape() {
  return list(
      structure({required("IndexName", index_name_shape()), required("KeySchema", key_schema_shape(2)),
                 required("Projection", projection_shape())})
          .named("LocalSecondaryIndex"));
}

Shape global_index_shape() {
  return structure({required("IndexName", index_name_shape()),
                    required("KeySchema", key_schema_shape(kGlobalIndexKeysMax)),
                    required("Projection", projection_shape()),
                    optional("ProvisionedThroughput", throughput_shape()),
                    optional("OnDemandThroughput", on_demand_shape()),
                    optional("WarmThroughput", warm_throughput_shape())})
      .named("GlobalSecondaryIndex");
}

Shape global_indexes_shape() {
  return list(global_index_shape());
}

}  // namespace millrace::dynamodb
