#pragma once
// Small questions that many operations ask of a request.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/protocol/operation.h"
#include "emulator/services/s3/buckets/bucket.h"
#include "emulator/services/s3/s3.h"

namespace millrace::s3 {

const std::string& bucket_of(const protocol::Call& call);
const std::string& key_of(const protocol::Call& call);
std::optional<std::string> parameter(const protocol::Call& call, std::string_view name);
std::string_view header(const protocol::Call& call, std::string_view name);

/// Errors: KeyTooLongError, InvalidURI for bytes that aren't UTF-8 and for paths that lead out of the bucket.
Result<void> check_object_key(const std::string& key);

/// The bucket that the call names. Errors: NoSuchBucket, and x-amz-expected-bucket-owner's two.
Result<Bucket> called_bucket(const storage::Reader& reader, const protocol::Call& call);

/// Content-MD5, x-amz-checksum-* and x-amz-content-sha256 of a body that was collected. Errors: InvalidDigest,
/// BadDigest, XAmzContentSHA256Mismatch, InvalidRequest.
Result<void> check_collected_body(const protocol::Call& call, bool required = false);

protocol::HttpReply empty_reply(int status);

/// What a caller needs on the bucket (its policy goes along), or on an object of it. `extra` adds the
/// service's condition keys. Error: NoSuchBucket.
using Access = std::function<Result<protocol::AccessNeeds>(const protocol::Call&)>;
Access on_bucket(S3& s3, std::string action);
Access on_object(S3& s3, std::string action);
/// To write an object as the headers say: tags, ACLs and locks are actions of their own.
Access to_write(S3& s3);
protocol::AccessNeeds write_needs(S3& s3, const protocol::Call& call, const Bucket& bucket);
/// One need, for operations that ask for several.
protocol::AccessNeed bucket_need(S3& s3, const Bucket& bucket, std::string action, std::string resource);
protocol::AccessNeed object_need(S3& s3, const protocol::Call& call, const Bucket& bucket, std::string action,
                                 const std::string& key);

/// aws:RequestTag/<key> and aws:TagKeys of a tag that a request gives.
void add_request_tag(protocol::ConditionContext& context, const std::string& key, const std::string& value);

/// An operation on a bucket or an object; S3's resource policies bind the owner's root as well.
protocol::Operation s3_operation(std::string name, Access access, protocol::ReplyHandler handle);

using Operations = std::vector<protocol::Operation>;

}  // namespace millrace::s3
