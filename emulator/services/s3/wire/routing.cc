#include "emulator/services/s3/wire/routing.h"

#include <algorithm>
#include <span>
#include <vector>

#include "emulator/base/encoding.h"
#include "emulator/services/s3/buckets/bucket.h"
#include "emulator/services/s3/service.h"

namespace millrace::s3 {

namespace {

std::vector<std::string_view> split_labels(std::string_view labels) {
  std::vector<std::string_view> out;
  while (!labels.empty()) {
    out.push_back(labels.substr(0, labels.find('.')));
    labels.remove_prefix(std::min(labels.size(), out.back().size() + 1));
  }
  return out;
}

/// Also "external-1", an old name of us-east-1.
bool is_region_label(std::string_view name) {
  return is_region(name) || name == "external-1";
}

/// S3's own labels: `s3`, `s3.<region>`, `s3-<region>`, `s3.dualstack.<region>`, `s3-website-<region>` ...
/// https://docs.aws.amazon.com/general/latest/gr/s3.html
bool is_s3_endpoint(std::span<const std::string_view> labels, bool& website) {
  const std::string_view first = labels[0];
  labels = labels.subspan(1);
  website = first == "s3-website" || first.starts_with("s3-website-");
  const bool regional = labels.empty() || (labels.size() == 1 && is_region_label(labels[0]));
  if (first == "s3-website") return regional;
  if (first == "s3-accelerate") return labels.empty() || (labels.size() == 1 && labels[0] == "dualstack");
  if (first == "s3" || first == "s3-fips")
    return regional || (labels.size() == 2 && labels[0] == "dualstack" && is_region_label(labels[1]));
  constexpr std::string_view kWebsite = "s3-website-", kPlain = "s3-";
  if (website) return labels.empty() && is_region_label(first.substr(kWebsite.size()));
  return labels.empty() && first.starts_with(kPlain) && is_region_label(first.substr(kPlain.size()));
}

/// The bucket's part of a host, "" for path style.
std::string bucket_of_host(const protocol::HostParts& host, bool& website) {
  const std::vector<std::string_view> labels = split_labels(host.labels);
  size_t bucket_bytes = host.labels.size();  // of the labels before the one looked at
  for (size_t i = labels.size(); i-- > 0;) {
    bucket_bytes -= labels[i].size();
    if (is_s3_endpoint(std::span(labels).subspan(i), website))
      return i == 0 ? "" : host.labels.substr(0, bucket_bytes - 1);
    if (bucket_bytes > 0) --bucket_bytes;  // the dot
  }
  website = false;
  // Other services' names.
  if (host.aws || host.has("lambda-url") || host.has("execute-api")) return "";
  return host.labels;
}

enum class Level { service, bucket, object };

struct Route {
  Level level;
  std::string_view method;
  std::string_view parameter;  // a sub-resource; "" matches always
  std::string_view second;     // one more that must be there or "@x", a header
  std::string_view operation;
};

/// The first that fits counts.
constexpr Route kRoutes[] = {
    {Level::service, "GET", "", "", "ListBuckets"},

    // Sub-resources that have no operation here stand before the general ones, so that they are refused by their
    // name: a request to rename an object must not put one.
    {Level::bucket, "GET", "abac", "", "GetBucketAbac"},
    {Level::bucket, "PUT", "abac", "", "PutBucketAbac"},
    {Level::bucket, "GET", "session", "", "CreateSession"},
    {Level::bucket, "GET", "metadataConfiguration", "", "GetBucketMetadataConfiguration"},
    {Level::bucket, "POST", "metadataConfiguration", "", "CreateBucketMetadataConfiguration"},
    {Level::bucket, "DELETE", "metadataConfiguration", "", "DeleteBucketMetadataConfiguration"},
    {Level::bucket, "GET", "metadataTable", "", "GetBucketMetadataTableConfiguration"},
    {Level::bucket, "POST", "metadataTable", "", "CreateBucketMetadataTableConfiguration"},
    {Level::bucket, "DELETE", "metadataTable", "", "DeleteBucketMetadataTableConfiguration"},
    {Level::bucket, "PUT", "metadataInventoryTable", "", "UpdateBucketMetadataInventoryTableConfiguration"},
    {Level::bucket, "PUT", "metadataJournalTable", "", "UpdateBucketMetadataJournalTableConfiguration"},
    {Level::object, "PUT", "renameObject", "", "RenameObject"},
    {Level::object, "PUT", "encryption", "", "UpdateObjectEncryption"},

    {Level::bucket, "GET", "accelerate", "", "GetBucketAccelerateConfiguration"},
    {Level::bucket, "GET", "acl", "", "GetBucketAcl"},
    {Level::bucket, "GET", "analytics", "id", "GetBucketAnalyticsConfiguration"},
    {Level::bucket, "GET", "analytics", "", "ListBucketAnalyticsConfigurations"},
    {Level::bucket, "GET", "cors", "", "GetBucketCors"},
    {Level::bucket, "GET", "encryption", "", "GetBucketEncryption"},
    {Level::bucket, "GET", "intelligent-tiering", "id", "GetBucketIntelligentTieringConfiguration"},
    {Level::bucket, "GET", "intelligent-tiering", "", "ListBucketIntelligentTieringConfigurations"},
    {Level::bucket, "GET", "inventory", "id", "GetBucketInventoryConfiguration"},
    {Level::bucket, "GET", "inventory", "", "ListBucketInventoryConfigurations"},
    {Level::bucket, "GET", "lifecycle", "", "GetBucketLifecycleConfiguration"},
    {Level::bucket, "GET", "location", "", "GetBucketLocation"},
    {Level::bucket, "GET", "logging", "", "GetBucketLogging"},
    {Level::bucket, "GET", "metrics", "id", "GetBucketMetricsConfiguration"},
    {Level::bucket, "GET", "metrics", "", "ListBucketMetricsConfigurations"},
    {Level::bucket, "GET", "notification", "", "GetBucketNotificationConfiguration"},
    {Level::bucket, "GET", "object-lock", "", "GetObjectLockConfiguration"},
    {Level::bucket, "GET", "ownershipControls", "", "GetBucketOwnershipControls"},
    {Level::bucket, "GET", "policy", "", "GetBucketPolicy"},
    {Level::bucket, "GET", "policyStatus", "", "GetBucketPolicyStatus"},
    {Level::bucket, "GET", "publicAccessBlock", "", "GetPublicAccessBlock"},
    {Level::bucket, "GET", "replication", "", "GetBucketReplication"},
    {Level::bucket, "GET", "requestPayment", "", "GetBucketRequestPayment"},
    {Level::bucket, "GET", "tagging", "", "GetBucketTagging"},
    {Level::bucket, "GET", "uploads", "", "ListMultipartUploads"},
    {Level::bucket, "GET", "versioning", "", "GetBucketVersioning"},
    {Level::bucket, "GET", "versions", "", "ListObjectVersions"},
    {Level::bucket, "GET", "website", "", "GetBucketWebsite"},
    {Level::bucket, "GET", "list-type", "", "ListObjectsV2"},
    {Level::bucket, "GET", "", "", "ListObjects"},

    {Level::bucket, "PUT", "accelerate", "", "PutBucketAccelerateConfiguration"},
    {Level::bucket, "PUT", "acl", "", "PutBucketAcl"},
    {Level::bucket, "PUT", "analytics", "", "PutBucketAnalyticsConfiguration"},
    {Level::bucket, "PUT", "cors", "", "PutBucketCors"},
    {Level::bucket, "PUT", "encryption", "", "PutBucketEncryption"},
    {Level::bucket, "PUT", "intelligent-tiering", "", "PutBucketIntelligentTieringConfiguration"},
    {Level::bucket, "PUT", "inventory", "", "PutBucketInventoryConfiguration"},
    {Level::bucket, "PUT", "lifecycle", "", "PutBucketLifecycleConfiguration"},
    {Level::bucket, "PUT", "logging", "", "PutBucketLogging"},
    {Level::bucket, "PUT", "metrics", "", "PutBucketMetricsConfiguration"},
    {Level::bucket, "PUT", "notification", "", "PutBucketNotificationConfiguration"},
    {Level::bucket, "PUT", "object-lock", "", "PutObjectLockConfiguration"},
    {Level::bucket, "PUT", "ownershipControls", "", "PutBucketOwnershipControls"},
    {Level::bucket, "PUT", "policy", "", "PutBucketPolicy"},
    {Level::bucket, "PUT", "publicAccessBlock", "", "PutPublicAccessBlock"},
    {Level::bucket, "PUT", "replication", "", "PutBucketReplication"},
    {Level::bucket, "PUT", "requestPayment", "", "PutBucketRequestPayment"},
    {Level::bucket, "PUT", "tagging", "", "PutBucketTagging"},
    {Level::bucket, "PUT", "versioning", "", "PutBucketVersioning"},
    {Level::bucket, "PUT", "website", "", "PutBucketWebsite"},
    {Level::bucket, "PUT", "", "", "CreateBucket"},

    {Level::bucket, "DELETE", "analytics", "", "DeleteBucketAnalyticsConfiguration"},
    {Level::bucket, "DELETE", "cors", "", "DeleteBucketCors"},
    {Level::bucket, "DELETE", "encryption", "", "DeleteBucketEncryption"},
    {Level::bucket, "DELETE", "intelligent-tiering", "", "DeleteBucketIntelligentTieringConfiguration"},
    {Level::bucket, "DELETE", "inventory", "", "DeleteBucketInventoryConfiguration"},
    {Level::bucket, "DELETE", "lifecycle", "", "DeleteBucketLifecycle"},
    {Level::bucket, "DELETE", "metrics", "", "DeleteBucketMetricsConfiguration"},
    {Level::bucket, "DELETE", "ownershipControls", "", "DeleteBucketOwnershipControls"},
    {Level::bucket, "DELETE", "policy", "", "DeleteBucketPolicy"},
    {Level::bucket, "DELETE", "publicAccessBlock", "", "DeletePublicAccessBlock"},
    {Level::bucket, "DELETE", "replication", "", "DeleteBucketReplication"},
    {Level::bucket, "DELETE", "tagging", "", "DeleteBucketTagging"},
    {Level::bucket, "DELETE", "website", "", "DeleteBucketWebsite"},
    {Level::bucket, "DELETE", "", "", "DeleteBucket"},

    {Level::bucket, "HEAD", "", "", "HeadBucket"},
    {Level::bucket, "POST", "delete", "", "DeleteObjects"},
    {Level::bucket, "POST", "", "", "PostObject"},
    {Level::bucket, "OPTIONS", "", "", "PreflightRequest"},

    {Level::object, "GET", "acl", "", "GetObjectAcl"},
    {Level::object, "GET", "attributes", "", "GetObjectAttributes"},
    {Level::object, "GET", "legal-hold", "", "GetObjectLegalHold"},
    {Level::object, "GET", "retention", "", "GetObjectRetention"},
    {Level::object, "GET", "tagging", "", "GetObjectTagging"},
    {Level::object, "GET", "torrent", "", "GetObjectTorrent"},
    {Level::object, "GET", "uploadId", "", "ListParts"},
    {Level::object, "GET", "", "", "GetObject"},
    {Level::object, "HEAD", "", "", "HeadObject"},
    {Level::object, "PUT", "acl", "", "PutObjectAcl"},
    {Level::object, "PUT", "legal-hold", "", "PutObjectLegalHold"},
    {Level::object, "PUT", "retention", "", "PutObjectRetention"},
    {Level::object, "PUT", "tagging", "", "PutObjectTagging"},
    {Level::object, "PUT", "uploadId", "@x-amz-copy-source", "UploadPartCopy"},
    {Level::object, "PUT", "uploadId", "", "UploadPart"},
    {Level::object, "PUT", "", "@x-amz-copy-source", "CopyObject"},
    {Level::object, "PUT", "", "", "PutObject"},
    {Level::object, "POST", "uploads", "", "CreateMultipartUpload"},
    {Level::object, "POST", "uploadId", "", "CompleteMultipartUpload"},
    {Level::object, "POST", "restore", "", "RestoreObject"},
    {Level::object, "POST", "select", "", "SelectObjectContent"},
    {Level::object, "DELETE", "tagging", "", "DeleteObjectTagging"},
    {Level::object, "DELETE", "uploadId", "", "AbortMultipartUpload"},
    {Level::object, "DELETE", "", "", "DeleteObject"},
    {Level::object, "OPTIONS", "", "", "PreflightRequest"},
};

bool has(const protocol::QueryParameters& query, std::string_view name) {
  for (const auto& [key, value] : query) {
    if (key == name) return true;
  }
  return false;
}

/// As a header, or in the query of a presigned URL.
bool says(const protocol::HttpRequest& head, const protocol::QueryParameters& query, std::string_view name) {
  if (head.headers.has(name)) return true;
  return has(query, name) && (has(query, "X-Amz-Signature") || has(query, "Signature"));
}

}  // namespace

Address address_of(std::string_view host, std::string_view raw_path, const protocol::OwnNames& names) {
  Address out;
  if (auto parts = names.parts(host)) out.bucket = bucket_of_host(*parts, out.website);
  std::string_view path = raw_path;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (!out.bucket.empty()) {
    out.virtual_host = true;
    out.key = percent_decode(path);
    return out;
  }
  size_t slash = path.find('/');
  out.bucket = percent_decode(path.substr(0, slash));
  if (slash != std::string_view::npos) out.key = percent_decode(path.substr(slash + 1));
  return out;
}

std::string_view operation_name(const protocol::HttpRequest& head, const Address& address,
                                const protocol::QueryParameters& query) {
  if (address.website) return head.method == "OPTIONS" ? "PreflightRequest" : "GetWebsite";
  // Object Lambda's answer to its function; no bucket can have that name.
  if (address.bucket == "WriteGetObjectResponse") return address.bucket;
  Level level = address.bucket.empty() ? Level::service : address.key.empty() ? Level::bucket : Level::object;
  for (const Route& route : kRoutes) {
    if (route.level != level || route.method != head.method) continue;
    if (!route.parameter.empty() && !has(query, route.parameter)) continue;
    if (route.second.starts_with('@') && !says(head, query, route.second.substr(1))) continue;
    if (!route.second.empty() && !route.second.starts_with('@') && !has(query, route.second)) continue;
    return route.operation;
  }
  return "";
}

std::string copy_source_path(std::string_view source, const protocol::OwnNames& names) {
  std::string host_bucket;
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!source.starts_with(scheme)) continue;
    source.remove_prefix(scheme.size());
    const std::string_view host = source.substr(0, source.find('/'));
    source.remove_prefix(host.size());
    host_bucket = address_of(host, "", names).bucket;
    break;
  }
  std::string blanks(source);
  std::replace(blanks.begin(), blanks.end(), '+', ' ');
  std::string path = percent_decode(blanks);
  if (path.starts_with('/')) path.erase(0, 1);
  return host_bucket.empty() ? path : host_bucket + "/" + path;
}

bool is_bucket_host(const protocol::HostParts& host) {
  bool website = false;
  return !bucket_of_host(host, website).empty();
}

bool reads_stream(std::string_view operation) {
  return operation == "PutObject" || operation == "UploadPart" || operation == "PostObject";
}

}  // namespace millrace::s3
