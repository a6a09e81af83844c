#include "emulator/base/log.h"
#include "runtime/poller/checkpoint.h"
#include "runtime/poller/source_runner.h"

namespace millrace::poller {

namespace {

constexpr char kLatestEntry[] = "latest";  // when LATEST was fixed; no shard is called so

std::string mapping_entry(const std::string& result) {
  return to_text(Json{{"result", result}});
}

}  // namespace

void fix_starting_position(const PollerContext& context, const ports::MappingConfig& config) {
  if (config.kind != ports::SourceKind::stream || config.starting_position != ports::StartingPosition::latest) return;
  if (context.checkpoints.load(config.uuid).count(kMappingEntry)) return;
  std::map<std::string, std::string> values{{kMappingEntry, mapping_entry(kNothingProcessed)}};
  Json fixed = Json::object();
  auto shards = context.streams.shards(config.event_source_arn);
  if (shards.has_value()) {
    for (const ports::ShardInfo& shard : *shards) {
      // A shard that closes meanwhile is no gap: its child isn't among these, so it is read from its
      // beginning.
      ShardCheckpoint position;
      auto latest = context.streams.latest(config.event_source_arn, shard.shard_id);
      if (latest.has_value()) position.after = *latest;
      position.done = shard.ending_sequence_number.has_value();
      values[shard.shard_id] = position.text();
      fixed[shard.shard_id] = position.after;
    }
  } else {
    log::warning("event source mapping " + config.uuid + ": " + shards.error().message);
  }
  values[kLatestEntry] = to_text(Json{{"ms", context.clock.now_ms()}, {"after", fixed}});
  context.checkpoints.save_now(config.uuid, values);
}

LatestPosition latest_position(const PollerContext& context, const std::string& mapping_uuid) {
  LatestPosition out;
  auto values = context.checkpoints.load(mapping_uuid);
  auto entry = values.find(kLatestEntry);
  auto json = entry == values.end() ? std::nullopt : parse_json(entry->second);
  const Json* after = json ? find(*json, "after") : nullptr;
  if (!after || !after->is_object()) return out;
  out.fixed_ms = int_of(*json, "ms");
  for (const auto& [shard, position] : after->items()) out.after[shard] = text_of(*after, shard.c_str());
  return out;
}

std::string stored_result(const PollerContext& context, const std::string& mapping_uuid) {
  auto values = context.checkpoints.load(mapping_uuid);
  auto entry = values.find(kMappingEntry);
  auto json = entry == values.end() ? std::nullopt : parse_json(entry->second);
  return json ? text_of(*json, "result", kNothingProcessed) : kNothingProcessed;
}

void store_result(const PollerContext& context, const std::string& mapping_uuid, const std::string& text) {
  context.checkpoints.save(mapping_uuid, kMappingEntry, mapping_entry(text));
}

}  // namespace millrace::poller
