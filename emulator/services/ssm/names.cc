// What parameters may be called, and how requests name them.

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/ssm/errors.h"
#include "emulator/services/ssm/parameters.h"

namespace millrace::ssm {

namespace {

constexpr int64_t kLevelsMax = 15;
constexpr size_t kNameMax = 1011;  // so that the ARN's resource stays within 1024
constexpr std::string_view kNameChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/";

AwsError bad(const std::string& what) {
  return {errors::validation, what};
}

}  // namespace

std::optional<Named> parse_name(const Place& place, const std::string& text) {
  std::string name = text;
  if (text.starts_with("arn:")) {
    const auto arn = Arn::parse(text);
    if (!arn || arn->service != "ssm" || arn->account != place.account || arn->region != place.region)
      return std::nullopt;
    if (!arn->resource.starts_with("parameter/")) return std::nullopt;
    name = arn->resource.substr(10);
    // An ARN doesn't say whether the name has a slash in front; one inside tells.
    if (name.find('/') != std::string::npos && !name.starts_with('/')) name = "/" + name;
  }
  const size_t colon = name.find(':');
  if (colon == std::string::npos) return Named{name, ""};
  return Named{name.substr(0, colon), name.substr(colon + 1)};
}

Result<void> check_new_name(const std::string& name) {
  const std::string lower = to_lower(name);
  const bool path = name.find('/') != std::string::npos;
  if (lower.starts_with("/aws/") || lower == "/aws")
    return AwsError(errors::access_denied, "No access to reserved parameter name: " + name + ".");
  if (lower.starts_with("/aws") || lower.starts_with("/ssm"))
    return bad(
        "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of "
        "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following "
        "3 symbols .-_");
  if (lower.starts_with("aws") || lower.starts_with("ssm"))
    return bad("Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).");
  if (path && !name.starts_with('/')) return bad("Parameter name must be a fully qualified name.");
  if (name.find_first_not_of(kNameChars) != std::string::npos || name.find("//") != std::string::npos ||
      (path && name.ends_with('/')))
    return bad(
        "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of "
        "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following "
        "3 symbols .-_");
  if (name.size() > kNameMax)  // unverified
    return bad("Parameter name must not be longer than " + std::to_string(kNameMax) + " characters.");
  if (std::count(name.begin(), name.end(), '/') > kLevelsMax)
    return AwsError(errors::levels,
                    "The hierarchy can have a maximum of 15 levels. For more information, see Requirements and "
                    "constraints for parameter names in the AWS Systems Manager User Guide.");
  return {};
}

}  // namespace millrace::ssm
