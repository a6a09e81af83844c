#include "emulator/base/log.h"
#include "runtime/poller/checkpoint.h"
#include "runtime/poller/source_runner.h"

namespace millrace::poller {

namespace {

std::string mapping_entry(const std::string& result) {
  return to_text(Json{{"result", result}});
}

}  // namespace

void fix_starting_position(const Surroundings& with, const ports::MappingConfig& config) {
  if (config.kind != ports::SourceKind::stream || config.starting_position != ports::StartingPosition::latest) return;
  if (with.checkpoints.load(config.uuid).count(kMappingEntry)) return;
  std::map<std::string, std::string> values{{kMappingEntry, mapping_entry(kNothingProcessed)}};
  auto shards = with.streams.shards(config.event_source_arn);
  if (shards.has_value()) {
    for (const ports::ShardInfo& shard : *shards) {
      // A shard that closes meanwhile is no gap: its child isn't among these, so it is read from its
      // beginning.
      ShardCheckpoint position;
      auto latest = with.streams.latest(config.event_source_arn, shard.shard_id);
      if (latest.has_value()) position.after = *latest;
      position.done = shard.ending_sequence_number.has_value();
      values[shard.shard_id] = position.text();
    }
  } else {
    log::warning("event source mapping " + config.uuid + ": " + shards.error().message);
  }
  with.checkpoints.save_now(config.uuid, values);
}

std::string stored_result(const Surroundings& with, const std::string& mapping_uuid) {
  auto values = with.checkpoints.load(mapping_uuid);
  auto entry = values.find(kMappingEntry);
  auto json = entry == values.end() ? std::nullopt : parse_json(entry->second);
  return json ? text_of(*json, "result", kNothingProcessed) : kNothingProcessed;
}

void store_result(const Surroundings& with, const std::string& mapping_uuid, const std::string& text) {
  with.checkpoints.save(mapping_uuid, kMappingEntry, mapping_entry(text));
}

}  // namespace millrace::poller
