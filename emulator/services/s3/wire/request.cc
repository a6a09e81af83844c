#include "emulator/services/s3/wire/request.h"

#include "emulator/base/encoding.h"
#include "emulator/services/s3/body/upload_body.h"
#include "emulator/services/s3/buckets/grants.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

using protocol::AccessNeed;
using protocol::AccessNeeds;
using protocol::Call;

namespace {
const std::string kNone;

bool is_account(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Condition keys that come from the query and from headers.
void add_request_keys(const Call& call, protocol::ConditionContext& context) {
  for (const char* name : {"prefix", "delimiter", "max-keys", "versionId"}) {
    if (auto value = parameter(call, name)) context["s3:" + to_lower(name)] = {*value};
  }
  for (const char* name : {"x-amz-acl", "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id",
                           "x-amz-storage-class", "x-amz-metadata-directive", "x-amz-copy-source",
                           "x-amz-content-sha256", "x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-write",
                           "x-amz-grant-read-acp", "x-amz-grant-write-acp", "x-amz-object-ownership"}) {
    if (call.http.headers.has(name)) context[std::string("s3:") + name] = {std::string(header(call, name))};
  }
  for (const auto& [tag, value] : protocol::parse_query(header(call, "x-amz-tagging"))) {
    context["s3:requestobjecttag/" + to_lower(tag)] = {value};
    context["s3:requestobjecttagkeys"].push_back(tag);
  }
  if (!header(call, "x-amz-object-lock-mode").empty())
    context["s3:object-lock-mode"] = {std::string(header(call, "x-amz-object-lock-mode"))};
  context["s3:authtype"] = {parameter(call, "X-Amz-Signature") ? "REST-QUERY-STRING" : "REST-HEADER"};
  context["s3:signatureversion"] = {"AWS4-HMAC-SHA256"};
}

constexpr size_t kKeyBytesMax = 1024;

/// "../" must not lead out of the bucket: read from the left, there are never more of them than names before.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
bool leads_out(std::string_view key) {
  int depth = 0;
  while (!key.empty()) {
    const std::string_view segment = key.substr(0, key.find('/'));
    key.remove_prefix(std::min(key.size(), segment.size() + 1));
    if (segment == "..") {
      if (--depth < 0) return true;
    } else if (!segment.empty() && segment != ".") {
      ++depth;
    }
  }
  return false;
}

}  // namespace

Result<void> check_object_key(const std::string& key) {
  if (key.size() > kKeyBytesMax) {
    return AwsError(errors::key_too_long, "Your key is too long",
                    Json{{"Size", key.size()}, {"MaxSizeAllowed", kKeyBytesMax}});
  }
  if (!is_valid_utf8(key) || leads_out(key)) return AwsError(errors::invalid_uri, "Couldn't parse the specified URI.");
  return {};
}

const std::string& bucket_of(const Call& call) {
  auto it = call.path_parameters.find("Bucket");
  return it == call.path_parameters.end() ? kNone : it->second;
}

const std::string& key_of(const Call& call) {
  auto it = call.path_parameters.find("Key");
  return it == call.path_parameters.end() ? kNone : it->second;
}

std::optional<std::string> parameter(const Call& call, std::string_view name) {
  return protocol::query_value(call.query, name);
}

std::string_view header(const Call& call, std::string_view name) {
  return call.http.headers.get(name);
}

Result<Bucket> called_bucket(const storage::Reader& reader, const Call& call) {
  TRY(Bucket bucket, require_bucket(reader, bucket_of(call)));
  std::string_view expected = header(call, "x-amz-expected-bucket-owner");
  if (expected.empty()) return bucket;
  if (!is_account(expected)) {
    return AwsError(errors::invalid_bucket_owner,
                    "The value of the expected bucket owner parameter must be an AWS Account ID... [" +
                        std::string(expected) + "]");
  }
  if (expected != bucket.account) return errors::access_denied_plainly();
  return bucket;
}

Result<void> check_collected_body(const Call& call, bool required) {
  TRY(BodyClaims claims, read_claims(call.http));
  const std::string& body = call.http.body;
  if (!claims.payload_sha256.empty()) {
    const std::string actual = to_hex(sha256(body));
    if (!equals_ignore_case(actual, claims.payload_sha256))
      return errors::payload_mismatch(claims.payload_sha256, actual);
  }
  if (required && claims.content_md5.empty() && claims.checksum.empty()) {
    return errors::invalid("Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
  }
  if (!claims.content_md5.empty() && claims.content_md5 != md5(body))
    return errors::wrong_md5(claims.content_md5, md5(body));
  if (!claims.checksum.empty() && checksum_of(claims.algorithm, body) != claims.checksum)
    return bad_checksum(claims.algorithm);
  return {};
}

protocol::HttpReply empty_reply(int status) {
  protocol::HttpReply reply;
  reply.status = status;
  return reply;
}

AccessNeed bucket_need(S3& s3, const Bucket& bucket, std::string action, std::string resource) {
  AccessNeed need;
  need.action = std::move(action);
  need.resource = std::move(resource);
  need.resource_policy = effective_policy(s3.store, bucket);
  need.resource_account = bucket.account;
  return need;
}

AccessNeed object_need(S3& s3, const Call& call, const Bucket& bucket, std::string action, const std::string& key) {
  AccessNeed need = bucket_need(s3, bucket, std::move(action), object_arn(bucket.name, key));
  need.resource_policy = effective_object_policy(s3.store, bucket, key, parameter(call, "versionId").value_or(""));
  add_request_keys(call, need.context);
  add_object_keys(s3.store, bucket, key, parameter(call, "versionId").value_or(""), need.context);
  return need;
}

Access on_bucket(S3& s3, std::string action) {
  return [&s3, action](const Call& call) -> Result<AccessNeeds> {
    TRY(Bucket bucket, called_bucket(s3.store, call));
    AccessNeed need = bucket_need(s3, bucket, action, bucket_arn(bucket.name));
    add_request_keys(call, need.context);
    return AccessNeeds{std::move(need)};
  };
}

Access on_object(S3& s3, std::string action) {
  return [&s3, action](const Call& call) -> Result<AccessNeeds> {
    TRY(Bucket bucket, called_bucket(s3.store, call));
    return AccessNeeds{object_need(s3, call, bucket, action, key_of(call))};
  };
}

AccessNeeds write_needs(S3& s3, const Call& call, const Bucket& bucket) {
  AccessNeeds needs{object_need(s3, call, bucket, "s3:PutObject", key_of(call))};
  auto also = [&](const char* action, std::initializer_list<const char*> headers) {
    for (const char* name : headers) {
      if (!call.http.headers.has(name)) continue;
      needs.push_back(object_need(s3, call, bucket, action, key_of(call)));
      return;
    }
  };
  also("s3:PutObjectTagging", {"x-amz-tagging"});
  also("s3:PutObjectAcl",
       {"x-amz-acl", "x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-read-acp", "x-amz-grant-write-acp"});
  also("s3:PutObjectRetention", {"x-amz-object-lock-mode"});
  also("s3:PutObjectLegalHold", {"x-amz-object-lock-legal-hold"});
  return needs;
}

Access to_write(S3& s3) {
  return [&s3](const Call& call) -> Result<AccessNeeds> {
    TRY(Bucket bucket, called_bucket(s3.store, call));
    return write_needs(s3, call, bucket);
  };
}

void add_request_tag(protocol::ConditionContext& context, const std::string& key, const std::string& value) {
  context["aws:requesttag/" + to_lower(key)] = {value};
  context["aws:tagkeys"].push_back(key);
}

protocol::Operation s3_operation(std::string name, Access access, protocol::ReplyHandler handle) {
  protocol::Operation operation;
  operation.name = std::move(name);
  operation.access = std::move(access);
  operation.handle = std::move(handle);
  operation.checks_root = true;
  return operation;
}

}  // namespace millrace::s3
