// The stored form of tables: JSON with short, stable member names. Version 1.

#include "emulator/tables/table.h"

namespace millrace::tables {

namespace {

constexpr int kVersion = 1;

Json attributes_document(const std::vector<KeyAttribute>& attributes) {
  Json out = Json::array();
  for (const KeyAttribute& attribute : attributes) out.push_back({attribute.name, static_cast<int>(attribute.type)});
  return out;
}

std::vector<KeyAttribute> attributes_from(const Json& document) {
  std::vector<KeyAttribute> out;
  for (const Json& pair : document)
    out.push_back({pair.at(0).get<std::string>(), static_cast<AttributeType>(pair.at(1).get<int>())});
  return out;
}

Json key_document(const KeySchema& key) {
  return {{"partition", attributes_document(key.partition)}, {"sort", attributes_document(key.sort)}};
}

KeySchema key_from(const Json& document) {
  return {attributes_from(document.at("partition")), attributes_from(document.at("sort"))};
}

Json throughput_document(const Throughput& throughput) {
  return {throughput.read_units, throughput.write_units, throughput.last_increase_ms, throughput.last_decrease_ms,
          throughput.decreases_today};
}

Throughput throughput_from(const Json& document) {
  return {document.at(0).get<int64_t>(), document.at(1).get<int64_t>(), document.at(2).get<int64_t>(),
          document.at(3).get<int64_t>(), document.at(4).get<int64_t>()};
}

template <class Pair>
Json pair_document(const Pair& pair) {
  return {pair.max_read_units, pair.max_write_units};
}

Json index_document(const Index& index) {
  return {{"id", index.id},
          {"name", index.name},
          {"kind", static_cast<int>(index.kind)},
          {"key", key_document(index.key)},
          {"projection", static_cast<int>(index.projection.type)},
          {"non_key_attributes", index.projection.non_key_attributes},
          {"status", static_cast<int>(index.status)},
          {"backfilling", index.backfilling},
          {"throughput", throughput_document(index.throughput)},
          {"on_demand", pair_document(index.on_demand)},
          {"warm", {index.warm.read_units, index.warm.write_units}}};
}

Index index_from(const Json& document) {
  Index index;
  index.id = document.at("id").get<uint64_t>();
  index.name = document.at("name").get<std::string>();
  index.kind = static_cast<IndexKind>(document.at("kind").get<int>());
  index.key = key_from(document.at("key"));
  index.projection.type = static_cast<ProjectionType>(document.at("projection").get<int>());
  index.projection.non_key_attributes = document.at("non_key_attributes").get<std::vector<std::string>>();
  index.status = static_cast<IndexStatus>(document.at("status").get<int>());
  index.backfilling = document.at("backfilling").get<bool>();
  index.throughput = throughput_from(document.at("throughput"));
  index.on_demand = {document.at("on_demand").at(0).get<int64_t>(), document.at("on_demand").at(1).get<int64_t>()};
  index.warm = {document.at("warm").at(0).get<int64_t>(), document.at("warm").at(1).get<int64_t>()};
  return index;
}

Json stream_document(const StreamSettings& stream) {
  return {{"enabled", stream.enabled},
          {"view_type", static_cast<int>(stream.view_type)},
          {"arn", stream.arn},
          {"label", stream.label},
          {"id", stream.id}};
}

StreamSettings stream_from(const Json& document) {
  return {document.at("enabled").get<bool>(), static_cast<ViewType>(document.at("view_type").get<int>()),
          document.at("arn").get<std::string>(), document.at("label").get<std::string>(),
          document.at("id").get<uint64_t>()};
}

Json replicas_document(const std::vector<Replica>& replicas) {
  Json out = Json::array();
  for (const Replica& replica : replicas) out.push_back({replica.region, static_cast<int>(replica.status)});
  return out;
}

Table read_table(const Json& document) {
  Table table;
  table.account = document.at("account").get<std::string>();
  table.region = document.at("region").get<std::string>();
  table.name = document.at("name").get<std::string>();
  table.arn = document.at("arn").get<std::string>();
  table.uuid = document.at("uuid").get<std::string>();
  table.id = document.at("id").get<uint64_t>();
  table.attributes = attributes_from(document.at("attributes"));
  table.key = key_from(document.at("key"));
  for (const Json& index : document.at("indexes")) table.indexes.push_back(index_from(index));
  table.billing = static_cast<BillingMode>(document.at("billing").get<int>());
  table.billing_was_set = document.at("billing_was_set").get<bool>();
  table.pay_per_request_since_ms = document.at("pay_per_request_since_ms").get<int64_t>();
  table.throughput = throughput_from(document.at("throughput"));
  table.on_demand = {document.at("on_demand").at(0).get<int64_t>(), document.at("on_demand").at(1).get<int64_t>()};
  table.warm = {document.at("warm").at(0).get<int64_t>(), document.at("warm").at(1).get<int64_t>()};
  table.stream = stream_from(document.at("stream"));
  table.ttl_attribute = document.at("ttl_attribute").get<std::string>();
  table.status = static_cast<TableStatus>(document.at("status").get<int>());
  table.created_ms = document.at("created_ms").get<int64_t>();
  table.deletion_protection = document.at("deletion_protection").get<bool>();
  for (const Json& replica : document.at("replicas")) {
    table.replicas.push_back({replica.at(0).get<std::string>(), static_cast<TableStatus>(replica.at(1).get<int>())});
  }
  table.history_id = document.at("history_id").get<uint64_t>();
  table.settings = document.at("settings");
  return table;
}

}  // namespace

Json to_document(const Table& table) {
  Json indexes = Json::array();
  for (const Index& index : table.indexes) indexes.push_back(index_document(index));
  return {{"version", kVersion},
          {"account", table.account},
          {"region", table.region},
          {"name", table.name},
          {"arn", table.arn},
          {"uuid", table.uuid},
          {"id", table.id},
          {"attributes", attributes_document(table.attributes)},
          {"key", key_document(table.key)},
          {"indexes", std::move(indexes)},
          {"billing", static_cast<int>(table.billing)},
          {"billing_was_set", table.billing_was_set},
          {"pay_per_request_since_ms", table.pay_per_request_since_ms},
          {"throughput", throughput_document(table.throughput)},
          {"on_demand", pair_document(table.on_demand)},
          {"warm", {table.warm.read_units, table.warm.write_units}},
          {"stream", stream_document(table.stream)},
          {"ttl_attribute", table.ttl_attribute},
          {"status", static_cast<int>(table.status)},
          {"created_ms", table.created_ms},
          {"deletion_protection", table.deletion_protection},
          {"history_id", table.history_id},
          {"replicas", replicas_document(table.replicas)},
          {"settings", table.settings}};
}

std::optional<Table> table_from_document(const Json& document) {
  if (int_of(document, "version") != kVersion) return std::nullopt;
  try {
    return read_table(document);
  } catch (const Json::exception&) {
    return std::nullopt;  // damaged: a member is missing or has another type
  }
}

}  // namespace millrace::tables
