#pragma once
// A bucket's configurations that are put, got and deleted as one XML document each. What differs is data.

#include <functional>
#include <string>

#include "emulator/services/s3/buckets/bucket.h"
#include "emulator/services/s3/wire/request.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

struct Configuration {
  const char* kind;       // the sub-resource, and under which it is stored
  const char* operation;  // Get<operation>, Put<operation> and, if it is removable, Delete<operation>
  const char* action;     // s3:Get<action>, s3:Put<action>
  bool removable = false;
  const char* remove_action = nullptr;  // where removing isn't s3:Put<action>
  const char* shape;                    // xml_shape() notation
  /// What GET answers where nothing was put: a document, or this error.
  std::function<std::string(const Bucket&)> fresh = {};
  const ErrorKind* missing = nullptr;
  const char* missing_message = "";
  /// After DELETE the error is answered even where a new bucket has a document.
  bool missing_after_delete = false;
  int put_status = 200;
  /// Checks and completes what was sent, before the change: here other rooms may be asked.
  std::function<Result<void>(const protocol::Call&, const Bucket&, pugi::xml_node root)> prepare = {};
  /// The same, in the change that stores it.
  using Check = std::function<Result<void>(storage::Txn&, const protocol::Call&, const Bucket&, pugi::xml_node root)>;
  Check check = {};
  /// Runs after the commit of a put or delete.
  std::function<void(const Bucket&)> changed = {};
};

/// Adds the operations. `configuration` is copied.
void add_configuration(Operations& operations, S3& s3, const Configuration& configuration);

/// An empty document of that name.
std::function<std::string(const Bucket&)> empty_document(const char* root);

}  // namespace millrace::s3
