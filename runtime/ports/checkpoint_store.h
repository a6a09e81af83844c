#pragma once
// Where the pollers keep their positions. One small value per mapping and shard; the poller alone knows what the
// value says.

#include <map>
#include <string>

namespace millrace::ports {

class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;
  /// Everything saved for the mapping: shard id to value.
  virtual std::map<std::string, std::string> load(const std::string& mapping_uuid) = 0;
  /// Saves or replaces one value. It survives the death of the process once this returned.
  virtual void save(const std::string& mapping_uuid, const std::string& shard_id, const std::string& value) = 0;
  virtual void erase(const std::string& mapping_uuid, const std::string& shard_id) = 0;
  virtual void erase_all(const std::string& mapping_uuid) = 0;
};

}  // namespace millrace::ports
