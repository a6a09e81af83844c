#include "emulator/services/dynamodb/table/table_rules.h"

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/services/dynamodb/table/table_service.h"

namespace millrace::dynamodb {

using namespace tables;

namespace {

constexpr size_t kGlobalIndexSideMax = 4;     // partition attributes, and sort attributes, of a global index
constexpr size_t kNonKeyAttributesMax = 100;  // over all indexes of a table

std::vector<std::string> names_of(const Json& elements) {
  std::vector<std::string> names;
  for (const Json& element : elements) names.push_back(text_of(element, "AttributeName"));
  return names;
}

std::vector<std::string> names_of(const std::vector<KeyAttribute>& attributes) {
  std::vector<std::string> names;
  for (const auto& attribute : attributes) names.push_back(attribute.name);
  return names;
}

const KeyAttribute* find_defined(const std::vector<KeyAttribute>& defined, const std::string& name) {
  for (const auto& attribute : defined) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

bool is_hash(const Json& element) {
  return text_of(element, "KeyType") == "HASH";
}

/// One partition attribute, then at most one sort attribute. `some_undefined`: there are fewer definitions than elements,
/// which a table's key is told before that its two attributes are one.
Result<void> check_simple_key(const Json& elements, bool some_undefined) {
  if (!is_hash(elements[0]))
    return validation_error("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  if (elements.size() < 2) return {};
  if (is_hash(elements[1]))
    return validation_error("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  const bool same = text_of(elements[0], "AttributeName") == text_of(elements[1], "AttributeName");
  if (same && some_undefined) return validation_error("Invalid KeySchema: Some index key attribute have no definition");
  if (same) return validation_error("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  return {};
}

/// Up to four partition attributes, then up to four sort attributes.
Result<void> check_multi_key(const Json& elements) {
  size_t hashes = 0, ranges = 0;
  std::set<std::string> seen;
  for (const Json& element : elements) {
    if (is_hash(element) && ranges)
      return invalid_values("All HASH key attributes must precede RANGE key attributes in the KeySchema");
    ++(is_hash(element) ? hashes : ranges);
    if (!seen.insert(text_of(element, "AttributeName")).second)
      return validation_error("The KeySchema contains multiple key attributes with the same name");
  }
  if (!hashes) return validation_error("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  // unverified: both texts; that of RANGE is worded after that of HASH
  if (hashes > kGlobalIndexSideMax)
    return invalid_values("The KeySchema exceeds the maximum allowed number of HASH key attributes");
  if (ranges > kGlobalIndexSideMax)
    return invalid_values("The KeySchema exceeds the maximum allowed number of RANGE key attributes");
  return {};
}

AwsError undefined_keys(const std::vector<std::string>& keys, const std::vector<KeyAttribute>& defined) {
  return invalid_values("Some index key attributes are not defined in AttributeDefinitions. Keys: " + name_list(keys) +
                        ", AttributeDefinitions: " + name_list(names_of(defined)));
}

}  // namespace

std::string name_list(const std::vector<std::string>& names) {
  std::string out = "[";
  for (const std::string& name : names) {
    if (out.size() > 1) out += ", ";
    out += name;
  }
  return out + "]";
}

std::vector<KeyAttribute> read_attributes_defined(const Json& definitions) {
  std::vector<KeyAttribute> out;
  for (const Json& definition : definitions) {
    std::string type = text_of(definition, "AttributeType");
    out.push_back({text_of(definition, "AttributeName"), type == "S"   ? AttributeType::S
                                                         : type == "N" ? AttributeType::N
                                                                       : AttributeType::B});
  }
  return out;
}

Result<KeySchema> read_key_schema(const Json& elements, const std::vector<KeyAttribute>& defined,
                                  const std::string* index, IndexKind kind) {
  bool multi = index && kind == IndexKind::global && elements.size() > 2;
  bool two_of_a_kind = elements.size() == 2 && is_hash(elements[0]) && is_hash(elements[1]);
  if (multi || (index && kind == IndexKind::global && two_of_a_kind))
    TRY_VOID(check_multi_key(elements));
  else
    TRY_VOID(check_simple_key(elements, !index && defined.size() < elements.size()));

  KeySchema key;
  size_t undefined = 0;
  for (const Json& element : elements) {
    std::string name = text_of(element, "AttributeName");
    const KeyAttribute* attribute = find_defined(defined, name);
    if (!attribute) {
      ++undefined;
      continue;
    }
    (is_hash(element) ? key.partition : key.sort).push_back(*attribute);
  }
  if (!undefined) return key;
  if (!index && undefined < elements.size())
    return validation_error("Invalid KeySchema: Some index key attribute have no definition");
  return undefined_keys(names_of(elements), defined);
}

Result<Projection> read_projection(const Json& input) {
  Projection projection;
  std::string type = text_of(input, "ProjectionType");
  if (type.empty()) return invalid_values("Unknown ProjectionType: null");
  projection.type = *parse_projection_type(type);
  if (const Json* names = find(input, "NonKeyAttributes")) {
    if (projection.type != ProjectionType::include)
      return invalid_values("ProjectionType is " + type + ", but NonKeyAttributes is specified");
    for (const Json& name : *names) {
      auto& listed = projection.non_key_attributes;
      std::string text = name.get<std::string>();
      if (std::find(listed.begin(), listed.end(), text) != listed.end())
        return invalid_values("Duplicate element in NonKeyAttributes: " + text);
      listed.push_back(std::move(text));
    }
  } else if (projection.type == ProjectionType::include) {
    return invalid_values("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
  }
  return projection;
}

Throughput read_throughput(const Json& input) {
  Throughput throughput;
  throughput.read_units = int_of(input, "ReadCapacityUnits");
  throughput.write_units = int_of(input, "WriteCapacityUnits");
  return throughput;
}

Result<void> check_units(const Json& input, const std::string& region, const std::string* index) {
  constexpr int64_t kUnitsBound = 1'000'000'000'000;
  constexpr int64_t kUnitsPerTableMax = 40'000;
  for (const char* member : {"ReadCapacityUnits", "WriteCapacityUnits"}) {
    int64_t units = int_of(input, member);
    std::string number = std::to_string(units), of_index = index ? " for index " + *index : "";
    if (units > kUnitsBound)
      return validation_error("Given value " + number + " for " + member + " is out of bounds" + of_index);
    if (units > kUnitsPerTableMax)
      return AwsError(errors::limit_exceeded,
                      std::string("The requested ") + member + (index ? of_index : "") + ", " + number +
                          ", is above the per " + (index ? "index" : "table") + " maximum for the account in " +
                          region + ". Per " + (index ? "index" : "table") +
                          " maximum: " + std::to_string(kUnitsPerTableMax) +
                          ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to "
                          "request higher limits.");
  }
  return {};
}

Result<void> read_on_demand(const Json& input, OnDemandThroughput& out, BillingMode billing, const std::string* index) {
  struct Part {
    const char* member;
    int64_t& value;
  };
  for (Part part :
       {Part{"MaxReadRequestUnits", out.max_read_units}, Part{"MaxWriteRequestUnits", out.max_write_units}}) {
    auto given = optional_int(input, part.member);
    if (!given) continue;
    std::string place = index ? "index : " + *index : "table";
    if (billing == BillingMode::provisioned && *given != -1)
      return invalid_values(std::string(part.member) + " for OnDemandThroughput " +
                            (index ? "for " + place + " " : "") +
                            "cannot be specified when the table BillingMode is PROVISIONED");
    if (*given == 0 || *given < -1)
      return invalid_values(std::string("Requested ") + part.member + " for OnDemandThroughput for " + place +
                            " is outside of valid range");
    part.value = *given;
  }
  return {};
}

Result<void> read_warm_at_creation(const Json& input, WarmThroughput& out, BillingMode billing,
                                   const Throughput& throughput, const std::string* index) {
  struct Part {
    const char* member;
    const char* provisioned_member;
    int64_t& value;
    int64_t initial, provisioned;
  };
  for (Part part :
       {Part{"ReadUnitsPerSecond", "ReadCapacityUnits", out.read_units, kInitialWarm.read_units, throughput.read_units},
        Part{"WriteUnitsPerSecond", "WriteCapacityUnits", out.write_units, kInitialWarm.write_units,
             throughput.write_units}}) {
    auto given = optional_int(input, part.member);
    if (!given) continue;
    std::string text = std::string("Requested ") + part.member + " for WarmThroughput for " +
                       (index ? "index " + *index : "table") + " is lower than ";
    if (billing == BillingMode::pay_per_request && *given < part.initial)
      return invalid_values(text +
                            "initial throughput for OnDemand. See: "
                            "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
                            "on-demand-capacity-mode.html#on-demand-capacity-mode-initial");
    if (billing == BillingMode::provisioned && *given < part.provisioned)
      return invalid_values(text + part.provisioned_member + " of ProvisionedThroughput");
    part.value = *given;
  }
  return {};
}

Result<Index> read_global_index(const Json& input, const std::vector<KeyAttribute>& defined, BillingMode billing,
                                const std::string& region) {
  Index index;
  index.kind = IndexKind::global;
  index.name = text_of(input, "IndexName");
  TRY(index.key, read_key_schema(*find(input, "KeySchema"), defined, &index.name, IndexKind::global));
  TRY(index.projection, read_projection(*find(input, "Projection")));
  const Json* throughput = find(input, "ProvisionedThroughput");
  if (billing == BillingMode::provisioned && !throughput)
    return invalid_values("ProvisionedThroughput is not specified for index: " + index.name);
  if (billing == BillingMode::pay_per_request && throughput)
    return invalid_values("ProvisionedThroughput should not be specified for index: " + index.name +
                          " when BillingMode is PAY_PER_REQUEST");
  if (throughput) {
    TRY_VOID(check_units(*throughput, region, &index.name));
    index.throughput = read_throughput(*throughput);
  }
  if (const Json* on_demand = find(input, "OnDemandThroughput"))
    TRY_VOID(read_on_demand(*on_demand, index.on_demand, billing, &index.name));
  if (const Json* warm = find(input, "WarmThroughput"))
    TRY_VOID(read_warm_at_creation(*warm, index.warm, billing, index.throughput, &index.name));
  return index;
}

Result<Index> read_local_index(const Json& input, const Table& table) {
  Index index;
  index.kind = IndexKind::local;
  index.name = text_of(input, "IndexName");
  TRY(index.key, read_key_schema(*find(input, "KeySchema"), table.attributes, &index.name, IndexKind::local));
  if (index.key.sort.empty())
    return invalid_values("Index KeySchema does not have a range key for index: " + index.name);
  const std::string& leading = index.key.partition[0].name;
  if (leading != table.key.partition[0].name)
    return invalid_values(
        "Index KeySchema does not have the same leading hash key as table KeySchema for index: " + index.name +
        ". index hash key: " + leading + ", table hash key: " + table.key.partition[0].name);
  TRY(index.projection, read_projection(*find(input, "Projection")));
  return index;
}

Result<void> check_attributes_used(const Table& table) {
  std::vector<std::string> used;
  auto add = [&](const KeySchema& key) {
    for (const auto* side : {&key.partition, &key.sort}) {
      for (const auto& attribute : *side) {
        if (std::find(used.begin(), used.end(), attribute.name) == used.end()) used.push_back(attribute.name);
      }
    }
  };
  add(table.key);
  for (const Index& index : table.indexes) add(index.key);
  if (used.size() == table.attributes.size()) return {};
  if (table.indexes.empty())
    return invalid_values(
        "Number of attributes in KeySchema does not exactly match number of attributes defined in "
        "AttributeDefinitions");
  return invalid_values("Some AttributeDefinitions are not used. AttributeDefinitions: " +
                        name_list(names_of(table.attributes)) + ", keys used: " + name_list(used));
}

Result<void> check_non_key_attributes(const Table& table) {
  size_t count = 0;
  for (const Index& index : table.indexes) count += index.projection.non_key_attributes.size();
  if (count <= kNonKeyAttributesMax) return {};
  return invalid_values("Number of NonKeyAttributes exceeds per-table limit of 100");  // unverified wording
}

}  // namespace millrace::dynamodb
