#pragma once
// Custom domain names by which requests come, and which API's stage a request by one of them is for.
//
//   {"apigateway-domain", domain name}   {"account", "region"}: the way back to the name's document (rest/domains.cc)

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "emulator/base/mutex.h"
#include "emulator/services/apigateway/state.h"

namespace millrace::apigateway {

/// The names that are there, in memory: every request to the server is asked whether its Host is one.
class CustomDomains {
 public:
  /// Reads the names of an earlier run.
  explicit CustomDomains(const storage::Reader& reader);
  /// `authority`: a Host, with or without a port.
  bool holds(std::string_view authority) const;
  void add(const std::string& name);
  void remove(const std::string& name);

 private:
  std::atomic<size_t> count_ = 0;  // none: the common case costs no lock
  mutable Mutex mutex_;
  std::set<std::string> names_ GUARDED_BY(mutex_);
};

std::string domain_way_back_key(const std::string& name);

/// Where a mapping leads.
struct MappedRequest {
  std::string api, stage;
  std::string base;  // "/v1", or "" where the mapping has no base path
  std::string path;  // raw, below the base path
};
/// The mapping with the longest base path that the path begins with. nullopt: no such name, or no mapping fits.
std::optional<MappedRequest> mapped_request(const storage::Reader& reader, std::string_view authority,
                                            std::string_view raw_path);

}  // namespace millrace::apigateway
