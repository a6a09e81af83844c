#pragma once
// S3's error codes, and the errors that several operations answer, in S3's words.

#include <string>
#include <string_view>

#include "emulator/base/result.h"

namespace millrace::s3::errors {

inline constexpr ErrorKind access_control_list_not_supported{"AccessControlListNotSupported", 400};
inline constexpr ErrorKind access_denied{"AccessDenied", 403};
inline constexpr ErrorKind access_forbidden{"AccessForbidden", 403};
inline constexpr ErrorKind authorization_query_parameters{"AuthorizationQueryParametersError", 400};
inline constexpr ErrorKind bad_digest{"BadDigest", 400};
inline constexpr ErrorKind bad_request{"BadRequest", 400};
inline constexpr ErrorKind bucket_already_exists{"BucketAlreadyExists", 409};
inline constexpr ErrorKind bucket_already_owned{"BucketAlreadyOwnedByYou", 409};
inline constexpr ErrorKind bucket_not_empty{"BucketNotEmpty", 409};
inline constexpr ErrorKind conditional_request_conflict{"ConditionalRequestConflict", 409};
inline constexpr ErrorKind entity_too_large{"EntityTooLarge", 400};
inline constexpr ErrorKind entity_too_small{"EntityTooSmall", 400};
inline constexpr ErrorKind expired_token{"ExpiredToken", 400};
inline constexpr ErrorKind illegal_location{"IllegalLocationConstraintException", 400};
inline constexpr ErrorKind illegal_versioning{"IllegalVersioningConfigurationException", 400};
inline constexpr ErrorKind incomplete_body{"IncompleteBody", 400};
inline constexpr ErrorKind invalid_access_key{"InvalidAccessKeyId", 403};
inline constexpr ErrorKind invalid_argument_kind{"InvalidArgument", 400};
inline constexpr ErrorKind invalid_bucket_acl_with_ownership{"InvalidBucketAclWithObjectOwnership", 400};
inline constexpr ErrorKind invalid_bucket_name{"InvalidBucketName", 400};
inline constexpr ErrorKind invalid_bucket_owner{"InvalidBucketOwnerAWSAccountID", 400};
inline constexpr ErrorKind invalid_bucket_state{"InvalidBucketState", 409};
inline constexpr ErrorKind invalid_digest{"InvalidDigest", 400};
inline constexpr ErrorKind invalid_location{"InvalidLocationConstraint", 400};
inline constexpr ErrorKind invalid_object_state{"InvalidObjectState", 403};
inline constexpr ErrorKind invalid_part{"InvalidPart", 400};
inline constexpr ErrorKind invalid_part_number{"InvalidPartNumber", 416};
inline constexpr ErrorKind invalid_part_order{"InvalidPartOrder", 400};
inline constexpr ErrorKind invalid_policy_document{"InvalidPolicyDocument", 400};
inline constexpr ErrorKind invalid_range{"InvalidRange", 416};
inline constexpr ErrorKind invalid_request{"InvalidRequest", 400};
inline constexpr ErrorKind invalid_storage_class{"InvalidStorageClass", 400};
inline constexpr ErrorKind invalid_tag{"InvalidTag", 400};
inline constexpr ErrorKind invalid_uri{"InvalidURI", 400};
inline constexpr ErrorKind key_too_long{"KeyTooLongError", 400};
inline constexpr ErrorKind malformed_acl{"MalformedACLError", 400};
inline constexpr ErrorKind malformed_authorization{"AuthorizationHeaderMalformed", 400};
inline constexpr ErrorKind malformed_policy{"MalformedPolicy", 400};
inline constexpr ErrorKind malformed_post{"MalformedPOSTRequest", 400};
inline constexpr ErrorKind malformed_xml_kind{"MalformedXML", 400};
inline constexpr ErrorKind max_message_length{"MaxMessageLengthExceeded", 400};
inline constexpr ErrorKind max_post_predata{"MaxPostPreDataLengthExceededError", 400};
inline constexpr ErrorKind metadata_too_large{"MetadataTooLarge", 400};
inline constexpr ErrorKind method_not_allowed{"MethodNotAllowed", 405};
inline constexpr ErrorKind missing_body_kind{"MissingRequestBodyError", 400};
inline constexpr ErrorKind missing_content_length{"MissingContentLength", 411};
inline constexpr ErrorKind no_such_bucket_kind{"NoSuchBucket", 404};
inline constexpr ErrorKind no_such_bucket_policy{"NoSuchBucketPolicy", 404};
inline constexpr ErrorKind no_such_configuration{"NoSuchConfiguration", 404};
inline constexpr ErrorKind no_such_cors{"NoSuchCORSConfiguration", 404};
inline constexpr ErrorKind no_such_key_kind{"NoSuchKey", 404};
inline constexpr ErrorKind no_such_lifecycle{"NoSuchLifecycleConfiguration", 404};
inline constexpr ErrorKind no_such_object_lock{"NoSuchObjectLockConfiguration", 404};
inline constexpr ErrorKind no_such_ownership_controls{"OwnershipControlsNotFoundError", 404};
inline constexpr ErrorKind no_such_public_access_block{"NoSuchPublicAccessBlockConfiguration", 404};
inline constexpr ErrorKind no_such_replication{"ReplicationConfigurationNotFoundError", 404};
inline constexpr ErrorKind no_such_tag_set{"NoSuchTagSet", 404};
inline constexpr ErrorKind no_such_upload_kind{"NoSuchUpload", 404};
inline constexpr ErrorKind no_such_version_kind{"NoSuchVersion", 404};
inline constexpr ErrorKind no_such_website{"NoSuchWebsiteConfiguration", 404};
inline constexpr ErrorKind missing_security_header{"MissingSecurityHeader", 400};
inline constexpr ErrorKind unexpected_content{"UnexpectedContent", 400};
inline constexpr ErrorKind not_implemented{"NotImplemented", 501};
inline constexpr ErrorKind not_modified{"NotModified", 304};
inline constexpr ErrorKind object_lock_not_found{"ObjectLockConfigurationNotFoundError", 404};
inline constexpr ErrorKind payload_hash_mismatch{"XAmzContentSHA256Mismatch", 400};
inline constexpr ErrorKind precondition_failed{"PreconditionFailed", 412};
inline constexpr ErrorKind restore_already_in_progress{"RestoreAlreadyInProgress", 409};
inline constexpr ErrorKind signature_does_not_match{"SignatureDoesNotMatch", 403};
inline constexpr ErrorKind too_many_buckets{"TooManyBuckets", 400};
inline constexpr ErrorKind unresolvable_grant{"UnresolvableGrantByEmailAddress", 400};

inline constexpr const char* kWrongSignature =
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.";

AwsError no_such_bucket(std::string_view bucket);
AwsError no_such_key(std::string_view key);
AwsError no_such_version(std::string_view key, std::string_view version_id);
AwsError no_such_upload(std::string_view upload_id);
AwsError malformed_xml();
AwsError access_denied_plainly();
/// The body isn't the one that x-amz-content-sha256 names.
AwsError payload_mismatch(std::string_view claimed, std::string_view actual);
AwsError invalid_argument(std::string_view message, std::string_view name, std::string_view value);
/// Where S3 names the argument but doesn't repeat its value.
AwsError invalid_argument(std::string_view message, std::string_view name);
/// A document is due and the body is empty.
AwsError missing_body();
/// Content-MD5 isn't that of what came; both digests as raw bytes.
AwsError wrong_md5(std::string_view expected, std::string_view calculated);
/// A continuation token that isn't of this list.
AwsError wrong_token();
AwsError invalid(std::string_view message);  // InvalidRequest
AwsError precondition(std::string_view condition);
/// 501 for a header whose value S3 doesn't take.
AwsError header_not_implemented(std::string_view header, std::string_view additional = {});

/// Adds a response header to an error; the error document doesn't show it.
AwsError with_header(AwsError error, const std::string& name, std::string_view value);
inline constexpr const char* kHeadersMember = "@headers";

}  // namespace millrace::s3::errors
