#pragma once
// S3 objects that other services read and write: function code, failure records, exports. Implemented by
// emulator/services/s3. What may be large is read in pieces.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"

namespace millrace::ports {

/// On whose behalf a service reads or writes. A bucket of another account must let them in by its policy.
struct OnBehalfOf {
  OnBehalfOf(std::string of_account) : account(std::move(of_account)) {}  // NOLINT: the account itself
  OnBehalfOf(std::string of_account, std::string key) : account(std::move(of_account)), access_key_id(std::move(key)) {}
  std::string account;
  std::string access_key_id;  // the caller's, where a caller waits for the answer; its policies then count, too
  std::string role_arn;       // or the role that the service has assumed
  /// Or the service itself, for the account, under any of its names: "logs.us-east-1.amazonaws.com".
  std::vector<std::string> service_principals;
};

struct ObjectName {
  OnBehalfOf whose;
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
  /// Errors: NoSuchBucket, NoSuchKey, NoSuchVersion, AccessDenied; EntityTooLarge, before a byte is read, for an object
  /// of more than `bytes_max`.
  virtual Result<ObjectContent> get(const ObjectName& name, uint64_t bytes_max) = 0;
  /// Gives the object's bytes in order, in pieces of at most a mebibyte, until `take` returns false. The same errors but
  /// the last.
  virtual Result<void> read(const ObjectName& name, const std::function<bool(std::string_view)>& take) = 0;
  /// Errors: NoSuchBucket, AccessDenied.
  virtual Result<void> put(const ObjectName& name, std::string body, const std::string& content_type) = 0;
  virtual bool bucket_exists(const std::string& bucket) = 0;
  /// Keys under a prefix, in byte order, at most `limit`, after `start_after`.
  virtual Result<std::vector<std::string>> list(const OnBehalfOf& whose, const std::string& bucket,
                                                const std::string& prefix, const std::string& start_after,
                                                size_t limit) = 0;
};

}  // namespace millrace::ports
