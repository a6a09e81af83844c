// S3 Control's ListTagsForResource, TagResource, UntagResource: a bucket's own tags, which GetBucketTagging shows too.

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/services/s3/buckets/tags.h"
#include "emulator/services/s3/control/control_service.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

AwsError no_such_resource() {
  static const ErrorKind kind{"NoSuchResource", 404};
  return {kind, "The specified resource doesn't exist."};
}

/// The bucket of the ARN in the path. Access points and directory buckets, which aren't built, are resources that don't
/// exist.
Result<Bucket> named_bucket(const storage::Reader& reader, const Call& call) {
  const auto arn = Arn::parse(call.path_parameters.at("Rest"));
  if (!arn || arn->service != "s3") return no_such_resource();
  auto bucket = find_bucket(reader, arn->resource);
  if (!bucket || bucket->account != header(call, "x-amz-account-id")) return no_such_resource();
  return std::move(*bucket);
}

Result<Pairs> sent_tags(const Call& call) {
  static const XmlShape shape = xml_shape("TagResourceRequest{Tags{Tag*{Key, Value}}}");
  TRY(auto document, parse_xml(call.http.body, shape));
  return read_tags(document->document_element().child("Tags"), TagRules::resource);
}

std::vector<std::string> keys_to_remove(const Call& call) {
  std::vector<std::string> keys;
  for (const auto& [name, value] : call.query) {
    if (name == "tagKeys") keys.push_back(value);
  }
  return keys;
}

Result<HttpReply> list_tags(S3& s3, const Call& call) {
  TRY(Bucket bucket, named_bucket(s3.store, call));
  XmlWriter xml;
  xml.open_with("ListTagsForResourceResult", std::string("xmlns=\"") + kControlNamespace + "\"").open("Tags");
  for (const auto& [key, value] : bucket_tags(s3.store, bucket.name))
    xml.open("Tag").text("Key", key).text("Value", value).close("Tag");
  return xml_reply(xml.close("Tags").close("ListTagsForResourceResult").take());
}

/// Merges: what isn't named stays.
Result<HttpReply> tag_resource(S3& s3, const Call& call) {
  TRY_VOID(check_collected_body(call));
  TRY(Pairs sent, sent_tags(call));
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, named_bucket(txn, call));
    Pairs tags = bucket_tags(txn, bucket.name);
    for (const auto& [key, value] : sent) {
      auto at = std::find_if(tags.begin(), tags.end(), [&](const auto& tag) { return tag.first == key; });
      if (at == tags.end())
        tags.emplace_back(key, value);
      else
        at->second = value;
    }
    TRY_VOID(check_tags(tags, TagRules::resource));
    put_bucket_tags(txn, bucket.name, tags);
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  return empty_reply(204);
}

Result<HttpReply> untag_resource(S3& s3, const Call& call) {
  const std::vector<std::string> keys = keys_to_remove(call);
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, named_bucket(txn, call));
    Pairs tags = bucket_tags(txn, bucket.name);
    std::erase_if(tags, [&](const auto& tag) { return std::find(keys.begin(), keys.end(), tag.first) != keys.end(); });
    put_bucket_tags(txn, bucket.name, tags);
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  return empty_reply(204);
}

/// `add_keys` adds the tags that the request names.
Access on_named_bucket(S3& s3, const char* action,
                       std::function<Result<void>(const Call&, protocol::ConditionContext&)> add_keys) {
  return [&s3, action, add_keys](const Call& call) -> Result<protocol::AccessNeeds> {
    TRY_VOID(check_account(call));
    TRY(Bucket bucket, named_bucket(s3.store, call));
    protocol::AccessNeed need = bucket_need(s3, bucket, action, bucket_arn(bucket.name));
    TRY_VOID(add_keys(call, need.context));
    return protocol::AccessNeeds{std::move(need)};
  };
}

Result<void> add_sent_tags(const Call& call, protocol::ConditionContext& context) {
  TRY(Pairs tags, sent_tags(call));
  for (const auto& [key, value] : tags) add_request_tag(context, key, value);
  return {};
}

Result<void> add_removed_keys(const Call& call, protocol::ConditionContext& context) {
  if (auto keys = keys_to_remove(call); !keys.empty()) context["aws:tagkeys"] = std::move(keys);
  return {};
}

}  // namespace

void add_resource_tags(Operations& operations, S3& s3) {
  auto nothing = [](const Call&, protocol::ConditionContext&) -> Result<void> { return {}; };
  operations.push_back(s3_operation("ListTagsForResource", on_named_bucket(s3, "s3:ListTagsForResource", nothing),
                                    [&s3](Call& call) { return list_tags(s3, call); }));
  operations.push_back(s3_operation("TagResource", on_named_bucket(s3, "s3:TagResource", add_sent_tags),
                                    [&s3](Call& call) { return tag_resource(s3, call); }));
  operations.push_back(s3_operation("UntagResource", on_named_bucket(s3, "s3:UntagResource", add_removed_keys),
                                    [&s3](Call& call) { return untag_resource(s3, call); }));
}

}  // namespace millrace::s3
