// Configurations of which a bucket has several, each with an id: analytics, inventory, metrics, intelligent
// tiering. They are kept and answered; nothing is done by them.

#include "emulator/base/page_token.h"
#include "emulator/services/s3/buckets/operations.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

struct Kind {
  const char* kind;
  const char* get;
  const char* list;
  const char* put;
  const char* remove;
  const char* get_action;
  const char* put_action;
  const char* root;  // of one
  const char* list_root;
  const char* shape;
};

constexpr Kind kKinds[] = {
    {"analytics", "GetBucketAnalyticsConfiguration", "ListBucketAnalyticsConfigurations",
     "PutBucketAnalyticsConfiguration", "DeleteBucketAnalyticsConfiguration", "s3:GetAnalyticsConfiguration",
     "s3:PutAnalyticsConfiguration", "AnalyticsConfiguration", "ListBucketAnalyticsConfigurationResult",
     "AnalyticsConfiguration{Id, Filter?{Prefix?, Tag?{Key, Value}, And?{Prefix?, Tag*{Key, Value}}},"
     "StorageClassAnalysis{DataExport?{OutputSchemaVersion, Destination{S3BucketDestination{Format, "
     "BucketAccountId?, Bucket,"
     "Prefix?}}}}}"},
    {"inventory", "GetBucketInventoryConfiguration", "ListBucketInventoryConfigurations",
     "PutBucketInventoryConfiguration", "DeleteBucketInventoryConfiguration", "s3:GetInventoryConfiguration",
     "s3:PutInventoryConfiguration", "InventoryConfiguration", "ListInventoryConfigurationsResult",
     "InventoryConfiguration{Id, IsEnabled:bool, Destination{S3BucketDestination{AccountId?, Bucket, "
     "Format=CSV|ORC|Parquet,"
     "Prefix?, Encryption?{SSE-S3?{}, SSE-KMS?{KeyId}}}}, Filter?{Prefix?}, "
     "IncludedObjectVersions=All|Current,"
     "OptionalFields?{Field*}, Schedule{Frequency=Daily|Weekly}}"},
    {"metrics", "GetBucketMetricsConfiguration", "ListBucketMetricsConfigurations", "PutBucketMetricsConfiguration",
     "DeleteBucketMetricsConfiguration", "s3:GetMetricsConfiguration", "s3:PutMetricsConfiguration",
     "MetricsConfiguration", "ListMetricsConfigurationsResult",
     "MetricsConfiguration{Id, Filter?{Prefix?, AccessPointArn?, Tag?{Key, Value}, And?{Prefix?, "
     "AccessPointArn?,"
     "Tag*{Key, Value}}}}"},
    {"intelligent-tiering", "GetBucketIntelligentTieringConfiguration", "ListBucketIntelligentTieringConfigurations",
     "PutBucketIntelligentTieringConfiguration", "DeleteBucketIntelligentTieringConfiguration",
     "s3:GetIntelligentTieringConfiguration", "s3:PutIntelligentTieringConfiguration",
     "IntelligentTieringConfiguration", "ListBucketIntelligentTieringConfigurationsOutput",
     "IntelligentTieringConfiguration{Id, Filter?{Prefix?, Tag?{Key, Value}, And?{Prefix?, Tag*{Key, "
     "Value}}},"
     "Status=Enabled|Disabled, Tiering+{Days:int, AccessTier=ARCHIVE_ACCESS|DEEP_ARCHIVE_ACCESS}}"},
};

constexpr size_t kMost = 1000;  // of each kind in a bucket
constexpr size_t kPageMost = 100;

AwsError no_such_configuration() {
  return {errors::no_such_configuration, "The specified configuration does not exist."};
}

Result<HttpReply> get(S3& s3, const Kind& kind, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  auto text = setting(s3.store, bucket.name, kind.kind, parameter(call, "id").value_or(""));
  if (!text) return no_such_configuration();
  return xml_reply(std::move(*text));
}

Result<HttpReply> put(S3& s3, const Kind& kind, const XmlShape& shape, const Call& call) {
  TRY_VOID(check_collected_body(call));
  TRY(auto document, parse_xml(call.http.body, shape));
  std::string id = parameter(call, "id").value_or("");
  if (id.empty() || child_text(document->document_element(), "Id") != id) return errors::malformed_xml();
  pugi::xml_node to = document->document_element().child("Destination").child("S3BucketDestination").child("Bucket");
  if (to && !std::string_view(to.text().get()).starts_with("arn:aws:s3:::")) {
    static const ErrorKind bad_destination{"InvalidS3DestinationBucket", 400};
    return AwsError(bad_destination, "Invalid bucket ARN.");
  }
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, called_bucket(txn, call));
    if (settings(txn, bucket.name, kind.kind).size() >= kMost && !setting(txn, bucket.name, kind.kind, id)) {
      static const ErrorKind too_many{"TooManyConfigurations", 400};
      return AwsError(too_many,
                      "You are attempting to create a new configuration but have already reached the "
                      "1,000-configuration limit.");
    }
    put_setting(txn, bucket.name, kind.kind, to_xml_text(document->document_element()), id);
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  return empty_reply(204);  // unverified: for metrics; it was seen of the other three
}

Result<HttpReply> remove(S3& s3, const Kind& kind, const Call& call) {
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, called_bucket(txn, call));
    std::string id = parameter(call, "id").value_or("");
    if (!setting(txn, bucket.name, kind.kind, id)) return no_such_configuration();
    erase_setting(txn, bucket.name, kind.kind, id);
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  return empty_reply(204);
}

/// The stored document's root, without the XML declaration and with no namespace of its own.
std::string_view element_of(std::string_view document) {
  size_t at = document.find("?>\n");
  return at == std::string_view::npos ? document : document.substr(at + 3);
}

Result<HttpReply> list(S3& s3, const Kind& kind, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  auto token = parameter(call, "continuation-token");
  auto page = Pager::open(std::string(kind.list_root) + " " + bucket.name, token.value_or(""), kPageMost);
  if (!page || (token && token->empty())) return errors::wrong_token();
  XmlWriter xml;
  xml.open_root(kind.list_root);
  for (const auto& [id, text] : settings(s3.store, bucket.name, kind.kind)) {
    if (page->takes(id)) xml.raw(element_of(text));
  }
  auto next = page->next_token();
  xml.boolean("IsTruncated", next.has_value());
  if (token) xml.text("ContinuationToken", *token);
  if (next) xml.text("NextContinuationToken", *next);
  return xml_reply(xml.close(kind.list_root).take());
}

}  // namespace

void add_identified_configurations(Operations& operations, S3& s3) {
  for (const Kind& kind : kKinds) {
    auto shape = std::make_shared<XmlShape>(xml_shape(kind.shape));
    operations.push_back(s3_operation(kind.get, on_bucket(s3, kind.get_action),
                                      [&s3, &kind](Call& call) { return get(s3, kind, call); }));
    operations.push_back(s3_operation(kind.list, on_bucket(s3, kind.get_action),
                                      [&s3, &kind](Call& call) { return list(s3, kind, call); }));
    operations.push_back(s3_operation(kind.put, on_bucket(s3, kind.put_action),
                                      [&s3, &kind, shape](Call& call) { return put(s3, kind, *shape, call); }));
    operations.push_back(s3_operation(kind.remove, on_bucket(s3, kind.put_action),
                                      [&s3, &kind](Call& call) { return remove(s3, kind, call); }));
  }
}

}  // namespace millrace::s3
