#pragma once
// The streams as pollers read them.

#include "emulator/ports/stream_reader.h"
#include "emulator/tables/tables.h"

namespace millrace::streams {

class TableStreamReader final : public ports::StreamReader {
 public:
  explicit TableStreamReader(tables::Tables& tables) : streams_(tables.streams) {}

  Result<std::vector<ports::ShardInfo>> shards(const std::string& stream_arn) override;
  Result<Page> read(const std::string& stream_arn, const std::string& shard_id, const std::string& after, size_t limit,
                    size_t bytes_max) override;
  Result<std::string> latest(const std::string& stream_arn, const std::string& shard_id) override;
  Subscription subscribe(const std::string& stream_arn, std::function<void()> wake) override;

 private:
  tables::StreamLog& streams_;
};

}  // namespace millrace::streams
