#pragma once
// Website configurations as they are served.

#include <optional>
#include <string>
#include <vector>

#include "emulator/services/s3/buckets/bucket.h"

namespace millrace::s3 {

struct WebsiteRedirect {
  std::string protocol, host, replace_key, replace_prefix;
  bool replaces_key = false, replaces_prefix = false;
  int status = 301;
};

struct WebsiteRule {
  std::string prefix;    // of the key
  int error_status = 0;  // 0: whatever happened
  WebsiteRedirect redirect;
};

struct Website {
  std::string index_suffix;
  std::string error_key;
  std::optional<WebsiteRedirect> redirect_all;
  std::vector<WebsiteRule> rules;
};

std::optional<Website> website_of(const storage::Reader& reader, const Bucket& bucket);

}  // namespace millrace::s3
