#pragma once
// Objects for the other services: function code, failure records, exports.

#include "emulator/ports/objects.h"
#include "emulator/services/s3/buckets/bucket.h"
#include "emulator/services/s3/objects/object_version.h"
#include "emulator/services/s3/s3.h"

namespace millrace::s3 {

class ObjectsPort final : public ports::Objects {
 public:
  explicit ObjectsPort(std::shared_ptr<S3> s3) : s3_(std::move(s3)) {}
  Result<ports::ObjectContent> get(const ports::ObjectName& name, uint64_t bytes_max) override;
  Result<void> read(const ports::ObjectName& name, const std::function<bool(std::string_view)>& take) override;
  Result<void> put(const ports::ObjectName& name, std::string body, const std::string& content_type) override;
  bool bucket_exists(const std::string& bucket) override;
  Result<std::vector<std::string>> list(const ports::OnBehalfOf& whose, const std::string& bucket,
                                        const std::string& prefix, const std::string& start_after,
                                        size_t limit) override;

 private:
  Result<void> check(const ports::OnBehalfOf& whose, const Bucket& bucket, const std::string& action,
                     const std::string& resource) const;
  /// The version that is named, if they may read it.
  struct Readable {
    ObjectVersion version;
    std::string body_key;
  };
  Result<Readable> readable(const storage::Reader& reader, const ports::ObjectName& name) const;
  std::shared_ptr<S3> s3_;
};

}  // namespace millrace::s3
