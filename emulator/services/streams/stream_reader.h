#pragma once
// The streams as pollers read them.

#include "emulator/ports/authority.h"
#include "emulator/ports/encryption.h"
#include "emulator/ports/stream_reader.h"
#include "emulator/tables/tables.h"

namespace millrace::streams {

class TableStreamReader final : public ports::StreamReader {
 public:
  /// Without `keys` and `authority` no key is asked for.
  explicit TableStreamReader(tables::Tables& tables, std::shared_ptr<ports::Encryption> keys = nullptr,
                             std::shared_ptr<ports::Authority> authority = nullptr)
      : tables_(tables), streams_(tables.streams), keys_(std::move(keys)), authority_(std::move(authority)) {}

  Result<std::vector<ports::ShardInfo>> shards(const std::string& stream_arn) override;
  Result<Page> read(const std::string& stream_arn, const std::string& shard_id, const std::string& after, size_t limit,
                    size_t bytes_max) override;
  Result<std::string> latest(const std::string& stream_arn, const std::string& shard_id) override;
  const char* denied_by_key(const std::string& stream_arn, const std::string& role_arn) override;
  Subscription subscribe(const std::string& stream_arn, std::function<void()> wake) override;

 private:
  tables::Tables& tables_;
  tables::StreamLog& streams_;
  std::shared_ptr<ports::Encryption> keys_;
  std::shared_ptr<ports::Authority> authority_;
};

}  // namespace millrace::streams
