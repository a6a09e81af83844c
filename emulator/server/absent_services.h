#pragma once
// Stand-ins for ports whose rooms aren't there yet.

#include "runtime/ports/objects.h"

namespace millrace::server {

inline constexpr ErrorKind kNoSuchBucket{"NoSuchBucket", 404};

class AbsentObjects final : public ports::Objects {
 public:
  Result<ports::ObjectContent> get(const ports::ObjectName&) override { return absent(); }
  Result<void> put(const ports::ObjectName&, std::string, const std::string&) override { return absent(); }
  bool bucket_exists(const std::string&) override { return false; }
  Result<std::vector<std::string>> list(const std::string&, const std::string&, const std::string&, size_t) override { return absent(); }

 private:
  static AwsError absent() { return {kNoSuchBucket, "The specified bucket does not exist"}; }
};

}  // namespace millrace::server
