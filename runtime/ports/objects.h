#pragma once
// S3 objects that other services read and write: function code, failure records, exports. Implemented by
// emulator/services/s3. Bodies pass whole, so callers keep them small (50 MB of code at most).

#include <map>
#include <string>
#include <vector>

#include "emulator/base/result.h"

namespace millrace::ports {

struct ObjectName {
  std::string account;  // the bucket's owner is checked by the caller's permissions, not here
  std::string bucket;
  std::string key;
  std::string version_id;  // empty: the newest
};

struct ObjectContent {
  std::string body;
  std::string version_id;
  std::string etag;
};

class Objects {
 public:
  virtual ~Objects() = default;
  /// Errors: NoSuchBucket, NoSuchKey, NoSuchVersion.
  virtual Result<ObjectContent> get(const ObjectName& name) = 0;
  /// Errors: NoSuchBucket.
  virtual Result<void> put(const ObjectName& name, std::string body, const std::string& content_type) = 0;
  virtual bool bucket_exists(const std::string& bucket) = 0;
  /// Keys under a prefix, in byte order, at most `limit`, after `start_after`.
  virtual Result<std::vector<std::string>> list(const std::string& bucket, const std::string& prefix,
                                                const std::string& start_after, size_t limit) = 0;
};

}  // namespace millrace::ports
