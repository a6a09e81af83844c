#pragma once
// CORS rules, and what they answer.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/protocol/http.h"
#include "emulator/services/s3/buckets/bucket.h"

namespace millrace::s3 {

struct CorsRule {
  std::vector<std::string> origins, methods, headers, expose;
  std::optional<int64_t> max_age_s;

  bool allows(std::string_view origin, std::string_view method) const;
  /// Every name in `Access-Control-Request-Headers`.
  bool allows_headers(std::string_view requested) const;
};

std::vector<CorsRule> cors_rules(const storage::Reader& reader, const Bucket& bucket);
/// The first rule that fits, or nullptr.
const CorsRule* find_rule(const std::vector<CorsRule>& rules, std::string_view origin, std::string_view method,
                          std::string_view requested_headers);
/// Puts Access-Control-* and Vary into an answer.
void add_cors_headers(const CorsRule& rule, std::string_view origin, std::string_view requested_headers,
                      protocol::Headers& headers);

}  // namespace millrace::s3
