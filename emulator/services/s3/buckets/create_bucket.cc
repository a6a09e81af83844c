// CreateBucket.

#include "emulator/services/s3/buckets/acl.h"
#include "emulator/services/s3/buckets/operations.h"
#include "emulator/services/s3/buckets/tags.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

constexpr size_t kBucketsMax = 10'000;  // an account's default quota

struct Wanted {
  Bucket bucket;
  std::string ownership;
  Pairs tags;
  bool legacy_eu = false;
};

AwsError incompatible_location(std::string_view location) {
  return {errors::illegal_location, "The " + std::string(location) +
                                        " location constraint is incompatible for the region specific endpoint this "
                                        "request was sent to."};
}

Result<void> read_location(const std::string& location, const std::string& endpoint_region, Wanted& wanted) {
  if (location.empty()) {
    if (endpoint_region != "us-east-1" && endpoint_region != "aws-global") return incompatible_location("unspecified");
    wanted.bucket.region = "us-east-1";
    return {};
  }
  wanted.legacy_eu = location == "EU";
  wanted.bucket.region = wanted.legacy_eu ? "eu-west-1" : location;
  // us-east-1's endpoint creates buckets everywhere, the others only at home.
  const bool everywhere = endpoint_region == "us-east-1" || endpoint_region == "aws-global";
  if (!everywhere && endpoint_region != wanted.bucket.region) return incompatible_location(location);
  if (location == "us-east-1" || !is_region(wanted.bucket.region)) {
    return AwsError(errors::invalid_location, "The specified location-constraint is not valid",
                    Json{{"LocationConstraint", location}});
  }
  return {};
}

/// The request's document; null if there is none.
Result<std::shared_ptr<pugi::xml_document>> read_document(const Call& call) {
  static const XmlShape shape = xml_shape(
      "CreateBucketConfiguration{LocationConstraint?, Location?{Name?, Type?}, Bucket?{DataRedundancy?, "
      "Type?},"
      "Tags?{Tag*{Key, Value}}}");
  if (call.http.body.empty()) return std::shared_ptr<pugi::xml_document>();
  return parse_xml(call.http.body, shape);
}

/// Names that end in `-<account>-<region>-an` are their account's own, and only that account's; the header says that
/// one means it. https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html
Result<void> check_namespace(const Call& call) {
  static const ErrorKind missing{"MissingNamespaceHeader", 400}, invalid{"InvalidNamespaceHeader", 400};
  const std::string& name = bucket_of(call);
  const std::string_view wanted = header(call, "x-amz-bucket-namespace");
  const bool regional = wanted == "account-regional";
  // <12 digits>-<region>-an: the region is what stands between.
  const size_t end = name.size() - 3;
  bool has_suffix = false, is_callers = false;
  for (size_t at = name.find('-'); name.ends_with("-an") && at != std::string::npos; at = name.find('-', at + 1)) {
    if (at + 14 >= end || name[at + 13] != '-') continue;
    const std::string account = name.substr(at + 1, 12), region = name.substr(at + 14, end - at - 14);
    if (account.find_first_not_of("0123456789") != std::string::npos || !is_region(region)) continue;
    has_suffix = true;
    is_callers = account == call.caller.account && region == call.caller.region;
  }
  if (has_suffix && !regional)
    return AwsError(missing,
                    "The requested bucket is an account-regional namespace bucket, but your request is missing the "
                    "required x-amz-bucket-namespace header.");
  const bool known = wanted.empty() || wanted == "global" || regional;
  if (known && (!regional || is_callers)) return {};
  // unverified: AWS's words for this code aren't known.
  return AwsError(invalid, "The x-amz-bucket-namespace header does not fit the name of the requested bucket.",
                  Json{{"BucketName", name}});
}

Result<Wanted> read_request(S3& s3, const Call& call) {
  Wanted wanted;
  std::string location;
  TRY(auto document, read_document(call));
  if (document) {
    location = child_text(document->document_element(), "LocationConstraint");
    TRY(wanted.tags, read_tags(document->document_element().child("Tags"), TagRules::new_bucket));
  }
  TRY_VOID(read_location(location, call.caller.region, wanted));
  wanted.ownership = header(call, "x-amz-object-ownership");
  if (call.http.headers.has("x-amz-object-ownership") && wanted.ownership != "BucketOwnerEnforced" &&
      wanted.ownership != "BucketOwnerPreferred" && wanted.ownership != "ObjectWriter") {
    return errors::invalid_argument("Invalid x-amz-object-ownership header: " + wanted.ownership,
                                    "x-amz-object-ownership", wanted.ownership);
  }
  wanted.bucket.name = bucket_of(call);
  wanted.bucket.account = call.caller.account;
  wanted.bucket.id = s3.random.next();
  wanted.bucket.created_ms = s3.clock.now_ms();
  wanted.bucket.object_lock = header(call, "x-amz-bucket-object-lock-enabled") == "true" ||
                              header(call, "x-amz-bucket-object-lock-enabled") == "True";
  return wanted;
}

/// Nothing if the name is free. `recreated`: the caller has it already and S3 says 200.
Result<void> check_name_is_free(storage::Txn& txn, const Wanted& wanted, bool& recreated) {
  const std::string& name = wanted.bucket.name;
  auto existing = find_bucket(txn, name);
  if (!existing) return {};
  if (existing->account != wanted.bucket.account) {
    return AwsError(errors::bucket_already_exists,
                    "The requested bucket name is not available. The bucket namespace is shared by all users of the "
                    "system. Please select a different name and try again.",
                    Json{{"BucketName", name}});
  }
  recreated = existing->region == "us-east-1" && wanted.bucket.region == "us-east-1" && wanted.tags.empty();
  if (recreated) return {};
  return AwsError(errors::bucket_already_owned,
                  "Your previous request to create the named bucket succeeded and you already own it.",
                  Json{{"BucketName", name}});
}

Result<void> store_bucket(storage::Txn& txn, const Wanted& wanted, const Call& call) {
  const Bucket& bucket = wanted.bucket;
  put_bucket(txn, bucket);
  if (wanted.legacy_eu) put_setting(txn, bucket.name, "legacy-location", "EU");
  if (!wanted.ownership.empty()) {
    put_setting(txn, bucket.name, "ownershipControls",
                XmlWriter()
                    .open_root("OwnershipControls")
                    .open("Rule")
                    .text("ObjectOwnership", wanted.ownership)
                    .close("Rule")
                    .close("OwnershipControls")
                    .take());
  }
  if (bucket.object_lock) {
    put_setting(txn, bucket.name, "versioning",
                XmlWriter()
                    .open_root("VersioningConfiguration")
                    .text("Status", "Enabled")
                    .close("VersioningConfiguration")
                    .take());
    put_setting(txn, bucket.name, "object-lock",
                XmlWriter()
                    .open_root("ObjectLockConfiguration")
                    .text("ObjectLockEnabled", "Enabled")
                    .close("ObjectLockConfiguration")
                    .take());
  }
  if (!wanted.tags.empty()) put_setting(txn, bucket.name, "tagging", tagging_xml(wanted.tags));
  auto acl = requested_acl(txn, bucket, call.http.headers, bucket.account);
  if (acl.has_error() && acl.error().is(errors::access_control_list_not_supported)) {
    return AwsError(errors::invalid_bucket_acl_with_ownership,
                    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
  }
  if (acl.has_error()) return std::move(acl).error();
  if (!acl->empty()) put_setting(txn, bucket.name, "acl", *acl);
  return {};
}

Result<HttpReply> create_bucket(S3& s3, const Call& call) {
  const std::string& name = bucket_of(call);
  if (!is_valid_bucket_name(name))
    return AwsError(errors::invalid_bucket_name, "The specified bucket is not valid.", Json{{"BucketName", name}});
  TRY_VOID(check_namespace(call));
  TRY_VOID(check_collected_body(call));
  TRY(Wanted wanted, read_request(s3, call));
  auto change = [&](storage::Txn& txn) -> Result<void> {
    bool recreated = false;
    TRY_VOID(check_name_is_free(txn, wanted, recreated));
    if (recreated) return {};
    if (buckets_of(txn, wanted.bucket.account).size() >= kBucketsMax)
      return AwsError(errors::too_many_buckets, "You have attempted to create more buckets than allowed");
    return store_bucket(txn, wanted, call);
  };
  TRY_VOID(s3.store.transact(change));
  HttpReply reply = empty_reply(200);
  reply.headers.set("Location", wanted.bucket.region == "us-east-1"
                                    ? "/" + name
                                    : "http://" + name + "." + std::string(header(call, "host")) + "/");
  reply.headers.set("x-amz-bucket-arn", bucket_arn(name));
  return reply;
}

}  // namespace

void add_create_bucket(Operations& operations, S3& s3) {
  auto access = [](const Call& call) -> Result<protocol::AccessNeeds> {
    protocol::AccessNeed create{"s3:CreateBucket", bucket_arn(bucket_of(call))};
    // A bucket that is another account's is told of in the operation's own words.
    create.resource_account = call.caller.account;
    TRY(auto document, read_document(call));
    if (!document || !document->document_element().child("Tags").child("Tag")) return protocol::AccessNeeds{create};
    // Tags at creation need what tagging needs, and both may be bound to them.
    for (const pugi::xml_node& tag : document->document_element().child("Tags").children("Tag"))
      add_request_tag(create.context, child_text(tag, "Key"), child_text(tag, "Value"));
    protocol::AccessNeed also = create;
    also.action = "s3:TagResource";
    return protocol::AccessNeeds{std::move(create), std::move(also)};
  };
  operations.push_back(s3_operation("CreateBucket", access, [&s3](Call& call) { return create_bucket(s3, call); }));
}

}  // namespace millrace::s3
