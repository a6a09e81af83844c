#pragma once
// Where the pollers keep their positions. One small value per mapping and shard; the poller alone knows what
// the value says. A position that is lost costs a repeated delivery, never a record, so most saves needn't be
// waited for.

#include <map>
#include <string>

namespace millrace::ports {

class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;
  /// Everything saved for the mapping: shard id to value.
  virtual std::map<std::string, std::string> load(const std::string& mapping_uuid) = 0;
  /// Queues saving one value; saves of one caller take effect in their order.
  virtual void save(const std::string& mapping_uuid, const std::string& shard_id, const std::string& value) = 0;
  /// Saves the values; on return they survive the death of the process.
  virtual void save_now(const std::string& mapping_uuid, const std::map<std::string, std::string>& values) = 0;
  /// Queues forgetting one value / all of them.
  virtual void erase(const std::string& mapping_uuid, const std::string& shard_id) = 0;
  virtual void erase_all(const std::string& mapping_uuid) = 0;
};

}  // namespace millrace::ports
