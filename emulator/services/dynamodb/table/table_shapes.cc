#include "emulator/services/dynamodb/table/table_shapes.h"

namespace millrace::dynamodb {

using namespace protocol;

namespace {
constexpr const char* kNamePattern = "[a-zA-Z0-9_.-]+";
constexpr int kGlobalIndexKeysMax = 8;  // four partition and four sort attributes
}  // namespace

Shape long_shape() {
  return integer().named("Long");
}
Shape integer_shape() {
  return integer().named("Integer");
}

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
                  .named(model_name("AttributeDefinition")));
}

Shape key_schema_shape(int max_elements) {
  return list(structure({required("AttributeName", string().length(1, 255)),
                         required("KeyType", string().one_of({"HASH", "RANGE"}))})
                  .named(model_name("KeySchemaElement")))
      .length(1, max_elements);
}

Shape projection_shape() {
  return structure({optional("ProjectionType", string().one_of({"ALL", "INCLUDE", "KEYS_ONLY"})),
                    optional("NonKeyAttributes", list(string().length(1, 255)).length(1, 20))})
      .named(model_name("Projection"));
}

Shape throughput_shape() {
  return structure({required("WriteCapacityUnits", long_shape().at_least(1)),
                    required("ReadCapacityUnits", long_shape().at_least(1))})
      .named(model_name("ProvisionedThroughput"));
}

Shape on_demand_shape() {
  return structure({optional("MaxReadRequestUnits", long_shape()), optional("MaxWriteRequestUnits", long_shape())})
      .named(model_name("OnDemandThroughput"));
}

Shape warm_throughput_shape() {
  return structure({optional("ReadUnitsPerSecond", long_shape()), optional("WriteUnitsPerSecond", long_shape())})
      .named(model_name("WarmThroughput"));
}

Shape stream_specification_shape() {
  return structure({required("StreamEnabled", boolean()),
                    optional("StreamViewType",
                             string().one_of({"OLD_IMAGE", "KEYS_ONLY", "NEW_AND_OLD_IMAGES", "NEW_IMAGE"}))})
      .named(model_name("StreamSpecification"));
}

Shape sse_specification_shape() {
  return structure({optional("Enabled", boolean()), optional("SSEType", string().one_of({"AES256", "KMS"})),
                    optional("KMSMasterKeyId", string().length(1, 2048))})
      .named(model_name("SSESpecification"));
}

Shape tags_shape() {
  // AWS reports none of a tag's limits as a constraint: check_tags() has them.
  return list(structure({optional("Key", string()), optional("Value", string())}).named(model_name("Tag")));
}

Shape billing_mode_shape() {
  return string().one_of({"PROVISIONED", "PAY_PER_REQUEST"});
}

Shape local_indexes_shape() {
  return list(structure({required("IndexName", index_name_shape()), required("KeySchema", key_schema_shape(2)),
                         required("Projection", projection_shape())})
                  .named(model_name("LocalSecondaryIndex")));
}

Shape global_index_shape() {
  return structure(
             {required("IndexName", index_name_shape()), required("KeySchema", key_schema_shape(kGlobalIndexKeysMax)),
              required("Projection", projection_shape()), optional("ProvisionedThroughput", throughput_shape()),
              optional("OnDemandThroughput", on_demand_shape()), optional("WarmThroughput", warm_throughput_shape())})
      .named(model_name("GlobalSecondaryIndex"));
}

Shape global_indexes_shape() {
  return list(global_index_shape());
}

}  // namespace millrace::dynamodb
