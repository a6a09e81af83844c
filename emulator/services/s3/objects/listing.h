#pragma once
// Walking keys in byte order with a prefix, a delimiter and a limit.

#include <functional>
#include <string>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/services/s3/buckets/bucket.h"
#include "emulator/services/s3/objects/object_version.h"
#include "emulator/services/s3/wire/request.h"
#include "emulator/services/s3/wire/xml.h"
#include "emulator/storage/store.h"

namespace millrace::s3 {

/// The common prefix of a key, or "": up to and with the delimiter's first place after the prefix.
std::string common_prefix(std::string_view key, std::string_view prefix, std::string_view delimiter);

struct Listing {
  struct Entry {
    std::string key;
    ObjectVersion version;
  };
  std::vector<Entry> entries;
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string last;  // the last key or common prefix listed; a listing goes on after it
};

/// Current objects after `after` (a key, or a common prefix whose keys are all left out), at most `limit`
/// entries and common prefixes together.
Listing list_current(const storage::Reader& reader, const Bucket& bucket, const std::string& prefix,
                     const std::string& delimiter, const std::string& after, size_t limit);

/// Parameters that all listings share. Errors: InvalidArgument.
struct ListParameters {
  std::string prefix, delimiter;
  size_t limit = 1000;
  bool url_encoded = false;
  bool restore_status = false;  // asked for in x-amz-optional-object-attributes

  /// As the answer shows a key, a prefix, a marker.
  std::string shown(std::string_view text) const;
  /// Until when a restored object can be read, where that is asked for.
  void write_restore_status(XmlWriter& xml, const ObjectVersion& version) const;
};
/// The common prefix that a marker lies in, whose keys are all left out; "" if it lies in none.
std::string prefix_of_marker(std::string_view marker, const ListParameters& parameters);
Result<ListParameters> list_parameters(const protocol::Call& call, const char* limit_name = "max-keys");

}  // namespace millrace::s3
