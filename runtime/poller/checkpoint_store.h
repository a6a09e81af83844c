#pragma once

#include "emulator/ports/checkpoint_store.h"
#include "emulator/storage/store.h"

namespace millrace::poller {

/// Positions in the store: documents {"lambda", "position", mapping, shard} of Family::meta.
class StoredCheckpoints final : public ports::CheckpointStore {
 public:
  explicit StoredCheckpoints(storage::Store& store) : store_(store) {}
  std::map<std::string, std::string> load(const std::string& mapping_uuid) override;
  void save(const std::string& mapping_uuid, const std::string& shard_id, const std::string& value) override;
  void save_now(const std::string& mapping_uuid, const std::map<std::string, std::string>& values) override;
  void erase(const std::string& mapping_uuid, const std::string& shard_id) override;
  void erase_all(const std::string& mapping_uuid) override;

 private:
  storage::Store& store_;
};

}  // namespace millrace::poller
