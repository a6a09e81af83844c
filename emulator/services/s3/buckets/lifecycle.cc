// GetBucketLifecycleConfiguration, PutBucketLifecycleConfiguration, DeleteBucketLifecycle. The rules are
// executed by events/lifecycle_runner.cc.

#include "emulator/services/s3/buckets/lifecycle.h"

#include <set>

#include "emulator/services/s3/buckets/operations.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/wire/request.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

constexpr size_t kRulesMax = 1000;
constexpr const char* kMinimumSizeHeader = "x-amz-transition-default-minimum-object-size";
constexpr const char* kMinimumSizeDefault = "all_storage_classes_128K";

const XmlShape& lifecycle_shape() {
  static const XmlShape shape = xml_shape(
      "LifecycleConfiguration{Rule+{ID?, Status=Enabled|Disabled, Prefix?, Filter?{Prefix?, Tag?{Key, Value},"
      "ObjectSizeGreaterThan?:int, ObjectSizeLessThan?:int, And?{Prefix?, Tag*{Key, Value}, "
      "ObjectSizeGreaterThan?:int,"
      "ObjectSizeLessThan?:int}}, Expiration?{Date?:date, Days?:int, ExpiredObjectDeleteMarker?:bool},"
      "Transition*{Date?:date, Days?:int, "
      "StorageClass=GLACIER|STANDARD_IA|ONEZONE_IA|INTELLIGENT_TIERING|DEEP_ARCHIVE|"
      "GLACIER_IR}, NoncurrentVersionExpiration?{NoncurrentDays?:int, NewerNoncurrentVersions?:int},"
      "NoncurrentVersionTransition*{NoncurrentDays?:int, NewerNoncurrentVersions?:int,"
      "StorageClass=GLACIER|STANDARD_IA|ONEZONE_IA|INTELLIGENT_TIERING|DEEP_ARCHIVE|GLACIER_IR},"
      "AbortIncompleteMultipartUpload?{DaysAfterInitiation:int}}}");
  return shape;
}

AwsError invalid_argument(const char* message) {
  return {errors::invalid_argument_kind, message};
}

Result<void> check_days(const pugi::xml_node& node, const char* name, const char* message) {
  pugi::xml_node days = node.child(name);
  if (days && days.text().as_llong() < 1) return invalid_argument(message);
  return {};
}

Result<void> check_rule(const pugi::xml_node& rule) {
  if (has_child(rule, "Prefix") == has_child(rule, "Filter")) return errors::malformed_xml();
  pugi::xml_node filter = rule.child("Filter");
  int conditions = 0;
  for (const pugi::xml_node& child : filter.children()) conditions += child.type() == pugi::node_element;
  if (conditions > 1) return errors::malformed_xml();
  if (child_text(rule, "ID").size() > 255) return invalid_argument("ID length should not exceed allowed limit of 255");
  pugi::xml_node expiration = rule.child("Expiration");
  int kinds = has_child(expiration, "Date") + has_child(expiration, "Days") +
              has_child(expiration, "ExpiredObjectDeleteMarker");
  if (expiration && kinds != 1) return errors::malformed_xml();
  TRY_VOID(check_days(expiration, "Days", "'Days' for Expiration action must be a positive integer"));
  bool acts = expiration || has_child(rule, "Transition") || has_child(rule, "NoncurrentVersionExpiration") ||
              has_child(rule, "NoncurrentVersionTransition") || has_child(rule, "AbortIncompleteMultipartUpload");
  if (!acts) return errors::invalid("At least one action needs to be specified in a rule");
  if (has_child(filter, "Tag") || has_child(filter.child("And"), "Tag")) {
    if (has_child(rule, "AbortIncompleteMultipartUpload"))
      return errors::invalid("AbortIncompleteMultipartUpload cannot be specified with Tags.");
    if (has_child(expiration, "ExpiredObjectDeleteMarker"))
      return errors::invalid("ExpiredObjectDeleteMarker cannot be specified with Tags.");
  }
  for (const pugi::xml_node& transition : rule.children("Transition")) {
    if (has_child(transition, "Date") == has_child(transition, "Days")) return errors::malformed_xml();
    std::string storage_class = child_text(transition, "StorageClass");
    bool infrequent = storage_class == "STANDARD_IA" || storage_class == "ONEZONE_IA";
    if (infrequent && has_child(transition, "Days") && transition.child("Days").text().as_llong() < 30) {
      return AwsError(
          errors::invalid_argument_kind,
          "'Days' in Transition action must be greater than or equal to 30 for storageClass '" + storage_class + "'");
    }
  }
  pugi::xml_node noncurrent = rule.child("NoncurrentVersionExpiration");
  if (noncurrent && !has_child(noncurrent, "NoncurrentDays") && !has_child(noncurrent, "NewerNoncurrentVersions"))
    return errors::malformed_xml();
  TRY_VOID(check_days(noncurrent, "NoncurrentDays",
                      "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer"));
  return check_days(rule.child("AbortIncompleteMultipartUpload"), "DaysAfterInitiation",
                    "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer");
}

Result<void> check_rules(S3& s3, pugi::xml_node root) {
  std::set<std::string> ids;
  size_t count = 0;
  for (pugi::xml_node rule : root.children("Rule")) {
    if (++count > kRulesMax) return errors::malformed_xml();
    TRY_VOID(check_rule(rule));
    if (child_text(rule, "ID").empty()) {
      rule.remove_child("ID");
      rule.prepend_child("ID").text().set(s3.random.uuid().c_str());
    }
    if (!ids.insert(child_text(rule, "ID")).second)
      return invalid_argument("Rule ID must be unique. Found same ID for more than one rule");
  }
  return {};
}

Result<HttpReply> get_lifecycle(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  auto text = setting(s3.store, bucket.name, "lifecycle");
  if (!text) {
    return AwsError(errors::no_such_lifecycle, "The lifecycle configuration does not exist",
                    Json{{"BucketName", bucket.name}});
  }
  HttpReply reply = xml_reply(std::move(*text));
  reply.headers.set(kMinimumSizeHeader,
                    setting(s3.store, bucket.name, "lifecycle-minimum-size").value_or(kMinimumSizeDefault));
  return reply;
}

Result<HttpReply> put_lifecycle(S3& s3, const Call& call) {
  TRY_VOID(check_collected_body(call));
  TRY(auto document, parse_xml(call.http.body, lifecycle_shape()));
  TRY_VOID(check_rules(s3, document->document_element()));
  std::string minimum(header(call, kMinimumSizeHeader));
  if (minimum.empty()) minimum = kMinimumSizeDefault;
  if (minimum != kMinimumSizeDefault && minimum != "varies_by_storage_class")
    return errors::invalid("Invalid TransitionDefaultMinimumObjectSize found: " + minimum);
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, called_bucket(txn, call));
    put_setting(txn, bucket.name, "lifecycle", to_xml_text(document->document_element()));
    put_setting(txn, bucket.name, "lifecycle-minimum-size", minimum);
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  HttpReply reply = empty_reply(200);
  reply.headers.set(kMinimumSizeHeader, minimum);
  return reply;
}

Result<HttpReply> delete_lifecycle(S3& s3, const Call& call) {
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, called_bucket(txn, call));
    erase_setting(txn, bucket.name, "lifecycle");
    erase_setting(txn, bucket.name, "lifecycle-minimum-size");
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  return empty_reply(204);
}

std::optional<int64_t> number_in(const pugi::xml_node& node, const char* name) {
  if (!has_child(node, name)) return std::nullopt;
  return node.child(name).text().as_llong();
}

LifecycleRule::Transition read_transition(const pugi::xml_node& node, const char* days) {
  LifecycleRule::Transition out;
  out.storage_class = child_text(node, "StorageClass");
  out.days = number_in(node, days);
  if (has_child(node, "Date")) out.date = parse_iso(child_text(node, "Date"));
  out.newer_noncurrent = number_in(node, "NewerNoncurrentVersions");
  return out;
}

void read_filter(const pugi::xml_node& rule, LifecycleRule& out) {
  pugi::xml_node filter = rule.child("Filter");
  if (pugi::xml_node both = filter.child("And")) filter = both;
  out.prefix = child_text(filter, "Prefix", child_text(rule, "Prefix"));
  for (const pugi::xml_node& tag : filter.children("Tag"))
    out.tags.emplace_back(child_text(tag, "Key"), child_text(tag, "Value"));
  out.larger_than = number_in(filter, "ObjectSizeGreaterThan");
  out.smaller_than = number_in(filter, "ObjectSizeLessThan");
}

LifecycleRule read_rule(const pugi::xml_node& rule) {
  LifecycleRule out;
  out.id = child_text(rule, "ID");
  out.enabled = child_text(rule, "Status") == "Enabled";
  read_filter(rule, out);
  pugi::xml_node expiration = rule.child("Expiration");
  out.expiration_days = number_in(expiration, "Days");
  if (has_child(expiration, "Date")) out.expiration_date = parse_iso(child_text(expiration, "Date"));
  out.expired_delete_marker = child_text(expiration, "ExpiredObjectDeleteMarker") == "true";
  for (const pugi::xml_node& node : rule.children("Transition"))
    out.transitions.push_back(read_transition(node, "Days"));
  for (const pugi::xml_node& node : rule.children("NoncurrentVersionTransition"))
    out.noncurrent_transitions.push_back(read_transition(node, "NoncurrentDays"));
  pugi::xml_node noncurrent = rule.child("NoncurrentVersionExpiration");
  out.noncurrent_days = number_in(noncurrent, "NoncurrentDays");
  out.newer_noncurrent = number_in(noncurrent, "NewerNoncurrentVersions");
  out.abort_upload_days = number_in(rule.child("AbortIncompleteMultipartUpload"), "DaysAfterInitiation");
  return out;
}

}  // namespace

std::vector<LifecycleRule> lifecycle_rules(const storage::Reader& reader, const Bucket& bucket) {
  std::vector<LifecycleRule> out;
  auto text = setting(reader, bucket.name, "lifecycle");
  if (!text) return out;
  auto document = parse_xml(*text, lifecycle_shape());
  if (document.has_error()) return out;
  for (const pugi::xml_node& rule : (*document)->document_element().children("Rule")) {
    LifecycleRule read = read_rule(rule);
    if (read.enabled) out.push_back(std::move(read));
  }
  return out;
}

bool LifecycleRule::applies_to(std::string_view key, const ObjectVersion& version) const {
  if (!key.starts_with(prefix)) return false;
  if (larger_than && version.size <= static_cast<uint64_t>(*larger_than)) return false;
  if (smaller_than && version.size >= static_cast<uint64_t>(*smaller_than)) return false;
  for (const auto& [name, value] : tags) {
    const std::string* present = value_of(version.tags, name);
    if (!present || *present != value) return false;
  }
  return true;
}

bool may_move(const LifecycleRule& rule, uint64_t size, std::string_view storage_class, bool varies_by_class) {
  constexpr uint64_t kDefaultBytesMin = 128u << 10;
  if (rule.larger_than || rule.smaller_than || size >= kDefaultBytesMin) return true;
  return varies_by_class && (storage_class == "GLACIER" || storage_class == "DEEP_ARCHIVE");
}

bool is_colder(std::string_view storage_class, std::string_view than) {
  constexpr std::string_view kWarmFirst[] = {"STANDARD",   "REDUCED_REDUNDANCY", "STANDARD_IA", "INTELLIGENT_TIERING",
                                             "ONEZONE_IA", "GLACIER_IR",         "GLACIER",     "DEEP_ARCHIVE"};
  bool seen = false;
  for (std::string_view one : kWarmFirst) {
    if (one == storage_class) return seen;
    seen |= one == than;
  }
  return false;
}

bool minimum_size_varies(const storage::Reader& reader, const Bucket& bucket) {
  return setting(reader, bucket.name, "lifecycle-minimum-size") == "varies_by_storage_class";
}

Millis end_of_days(Millis from, int64_t days) {
  constexpr Millis kDay = 86'400'000;
  Millis due = from + days * kDay;
  return due % kDay == 0 ? due : (due / kDay + 1) * kDay;
}

void add_lifecycle_configuration(Operations& operations, S3& s3) {
  operations.push_back(s3_operation("GetBucketLifecycleConfiguration", on_bucket(s3, "s3:GetLifecycleConfiguration"),
                                    [&s3](Call& call) { return get_lifecycle(s3, call); }));
  operations.push_back(s3_operation("PutBucketLifecycleConfiguration", on_bucket(s3, "s3:PutLifecycleConfiguration"),
                                    [&s3](Call& call) { return put_lifecycle(s3, call); }));
  operations.push_back(s3_operation("DeleteBucketLifecycle", on_bucket(s3, "s3:PutLifecycleConfiguration"),
                                    [&s3](Call& call) { return delete_lifecycle(s3, call); }));
}

}  // namespace millrace::s3
