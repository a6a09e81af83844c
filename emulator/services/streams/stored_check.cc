#include "emulator/services/streams/stored_check.h"

#include "emulator/base/attribute/item_codec.h"
#include "emulator/tables/tables.h"

namespace millrace::streams {

using storage::Family;

/// Each record can be read and lies within its shard; none is above what the counter has given.
void check_stored(Findings& findings) {
  SystemRandom random;
  EmulatorClock clock;
  tables::StreamLog streams(findings.store(), clock, random);
  auto counter = findings.store().get(Family::meta, "streams.next_sequence");
  std::string_view bytes = counter ? std::string_view(*counter) : "";
  uint64_t next = storage::take_u64(bytes).value_or(0);
  for (const tables::StreamPtr& stream : streams.all()) {
    for (const tables::Shard& shard : stream->shards) {
      streams.scan(*stream, shard, 0, [&](const tables::StreamLog::StoredRecord& record) {
        bool within = record.sequence >= shard.first && (!shard.last || record.sequence <= *shard.last);
        if (!within || record.sequence >= next)
          findings.found("a record of " + stream->arn + " lies outside its shard " + shard.id + ": " +
                         tables::sequence_text(record.sequence));
        if (!decode_item(record.keys)) findings.found("a record of " + stream->arn + " is damaged");
        return true;
      });
    }
  }
}

}  // namespace millrace::streams
