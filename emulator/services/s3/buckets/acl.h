#pragma once
// Access control lists: canned ones, grants in headers, grants in XML, and what is answered.

#include <string>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/s3/buckets/bucket.h"

namespace millrace::s3 {

inline constexpr std::string_view kAllUsers = "http://acs.amazonaws.com/groups/global/AllUsers";
inline constexpr std::string_view kAuthenticatedUsers = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
inline constexpr std::string_view kLogDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery";

struct Grant {
  std::string canonical_id;  // or
  std::string uri;           // a group
  std::string permission;    // FULL_CONTROL, READ, WRITE, READ_ACP, WRITE_ACP
};

/// From the stored form, an AccessControlPolicy document.
std::vector<Grant> grants_of(const std::string& acl_xml);
/// The document GET ?acl answers.
std::string acl_xml(std::string_view owner_account, const std::vector<Grant>& grants);
/// Without an ACL: the owner has full control.
std::string default_acl_xml(std::string_view owner_account);

/// PutBucketAcl and PutObjectAcl must say something. Error: MissingSecurityHeader.
Result<void> check_says_acl(const protocol::Call& call);

/// What a request says in x-amz-acl, x-amz-grant-* or, where `body` is given, an AccessControlPolicy; "" if it says
/// nothing or just "private". Errors: InvalidArgument, InvalidRequest, MalformedACLError, MalformedXML, and
/// AccessControlListNotSupported or AccessDenied where the bucket's ownership or public access block forbid
/// it.
Result<std::string> requested_acl(const storage::Reader& reader, const Bucket& bucket, const protocol::Headers& headers,
                                  std::string_view owner_account, const std::string* body = nullptr);

}  // namespace millrace::s3
