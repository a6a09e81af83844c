#pragma once
// Stand-ins for ports whose rooms aren't there yet.

#include "runtime/ports/objects.h"
#include "runtime/ports/stream_reader.h"

namespace millrace::server {

inline constexpr ErrorKind kNoSuchBucket{"NoSuchBucket", 404};
inline constexpr ErrorKind kNoSuchStream{"ResourceNotFoundException"};

class AbsentObjects final : public ports::Objects {
 public:
  Result<ports::ObjectContent> get(const ports::ObjectName&) override { return absent(); }
  Result<void> put(const ports::ObjectName&, std::string, const std::string&) override { return absent(); }
  bool bucket_exists(const std::string&) override { return false; }
  Result<std::vector<std::string>> list(const std::string&, const std::string&, const std::string&, size_t) override { return absent(); }

 private:
  static AwsError absent() { return {kNoSuchBucket, "The specified bucket does not exist"}; }
};

class AbsentStreams final : public ports::StreamReader {
 public:
  Result<std::vector<ports::ShardInfo>> shards(const std::string&) override { return absent(); }
  Result<Page> read(const std::string&, const std::string&, const std::string&, size_t, size_t) override { return absent(); }
  Result<std::string> latest(const std::string&, const std::string&) override { return absent(); }
  Subscription subscribe(const std::string&, std::function<void()>) override { return nullptr; }

 private:
  static AwsError absent() { return {kNoSuchStream, "Requested resource not found"}; }
};

}  // namespace millrace::server
