#include "emulator/access/document_checks.h"

#include <algorithm>
#include <array>
#include <vector>

#include "emulator/access/policy.h"

namespace millrace::access {
namespace {

AwsError malformed(std::string text) {
  return AwsError(kMalformedPolicyDocument, std::move(text));
}

bool valid_vendor(std::string_view vendor) {
  return !vendor.empty() && std::all_of(vendor.begin(), vendor.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
           c == '_';
  });
}

/// Up to six parts at the colons outside `${...}`; the sixth keeps its own colons.
std::vector<std::string_view> arn_parts(std::string_view arn) {
  std::vector<std::string_view> parts;
  size_t start = 0, depth = 0;
  for (size_t i = 0; i < arn.size() && parts.size() < 5; ++i) {
    if (arn.substr(i, 2) == "${") {
      ++depth;
    } else if (arn[i] == '}' && depth > 0) {
      --depth;
    } else if (arn[i] == ':' && depth == 0) {
      parts.push_back(arn.substr(start, i - start));
      start = i + 1;
    }
  }
  parts.push_back(arn.substr(start));
  return parts;
}

bool has_wildcard(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

bool valid_iam_path(std::string_view resource) {
  static constexpr std::array<std::string_view, 13> kPrefixes = {"user/",
                                                                 "federated-user/",
                                                                 "role/",
                                                                 "group/",
                                                                 "instance-profile/",
                                                                 "mfa/",
                                                                 "server-certificate/",
                                                                 "policy/",
                                                                 "sms-mfa/",
                                                                 "saml-provider/",
                                                                 "oidc-provider/",
                                                                 "report/",
                                                                 "access-report/"};
  if (resource == "*" || resource == "root" || resource.starts_with("${")) return true;
  for (const std::string_view prefix : kPrefixes) {
    if (resource.starts_with(prefix)) return true;
    // "us*" or "role*" may still become one of them
    const size_t star = resource.find_first_of("*?");
    if (star != std::string_view::npos && star < prefix.size() && prefix.starts_with(resource.substr(0, star))) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<void> check_action(std::string_view action) {
  if (action == "*") return {};
  const size_t colon = action.find(':');
  if (colon == std::string_view::npos) {
    return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  }
  const std::string_view vendor = action.substr(0, colon);
  if (!valid_vendor(vendor)) return malformed("Vendor " + std::string(vendor) + " is not valid");
  if (action.find(':', colon + 1) != std::string_view::npos) {
    return malformed("Actions/Condition can contain only one colon.");
  }
  return {};
}

Result<void> check_condition_key(std::string_view key) {
  if (key.find(':') == std::string_view::npos) {
    return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  }
  return {};
}

Result<void> check_resource(std::string_view resource) {
  if (resource == "*") return {};
  const std::string text(resource);
  const auto parts = arn_parts(resource);
  // A pattern that only begins an ARN ("arn:aws:s3*", "a*") matches ARNs, and IAM takes it.
  if (parts[0] != "arn") {
    return malformed("Resource " + text + " must be in ARN format or \"*\".");
  }
  const auto last_is_open = [&parts] { return !parts.back().empty() && parts.back().back() == '*'; };
  if (parts.size() >= 2) {
    const std::string_view partition = parts[1];
    const bool known = partition == "aws" || partition == "aws-cn" || partition == "aws-us-gov" ||
                       partition == "aws-iso" || partition == "aws-iso-b" || partition == "*" ||
                       partition.starts_with("${") || (has_wildcard(partition) && partition.starts_with("aws"));
    if (!known) {
      return malformed("Partition \"" + std::string(partition) + "\" is not valid for resource \"" + text + "\".");
    }
  }
  if (parts.size() < 6) {
    if (last_is_open() && parts.size() >= 2) return {};
    return malformed("The policy failed legacy parsing");
  }
  const std::string_view service = parts[2], region = parts[3], path = parts[5];
  if (service.empty() || (has_wildcard(service) && service != "*")) {
    return malformed("Resource vendor must be fully qualified and cannot contain regexes.");
  }
  if (service == "iam") {
    if (!region.empty() && region != "*") {
      return malformed("IAM resource " + text + " cannot contain region information.");
    }
    if (!valid_iam_path(path)) {
      return malformed(
          "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, "
          "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, "
          "report/, "
          "access-report/.");
    }
  }
  if (service == "s3" && !region.empty() && region != "*" && !path.starts_with("accesspoint") &&
      !path.starts_with("job/") && !path.starts_with("storage-lens")) {
    return malformed("Resource " + text + " can not contain region information.");
  }
  return {};
}

}  // namespace millrace::access
