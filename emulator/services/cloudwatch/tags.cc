// TagResource, UntagResource, ListTagsForResource: of alarms and mute rules.

#include "emulator/base/arn.h"
#include "emulator/services/cloudwatch/kept_lists.h"
#include "emulator/services/cloudwatch/state.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {

constexpr size_t kTagsMax = 50;

std::string key_of(const std::string& text) {
  const auto arn = Arn::parse(text);
  if (!arn) return "";
  constexpr std::string_view kAlarm = "alarm:", kMuteRule = "alarm-mute-rule:", kInsightRule = "insight-rule/",
                             kStream = "metric-stream/";
  const Scope scope{arn->account, arn->region};
  if (arn->resource.starts_with(kAlarm)) return alarm_key(scope, arn->resource.substr(kAlarm.size()));
  if (arn->resource.starts_with(kMuteRule)) return mute_rule_key(scope, arn->resource.substr(kMuteRule.size()));
  if (arn->resource.starts_with(kInsightRule))
    return kept_key(scope, "insight-rule", arn->resource.substr(kInsightRule.size()));
  if (arn->resource.starts_with(kStream)) return kept_key(scope, "metric-stream", arn->resource.substr(kStream.size()));
  return "";
}

void remove_tag(Json& tags, const std::string& key) {
  tags.erase(std::remove_if(tags.begin(), tags.end(), [&](const Json& tag) { return text_of(tag, "Key") == key; }),
             tags.end());
}

Result<Json> change(CloudWatch& watch, const Call& call, const std::function<Result<void>(Json& tags)>& edit) {
  const std::string arn = text_of(call.input, "ResourceARN"), key = key_of(arn);
  return watch.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    auto alarm = key.empty() ? std::nullopt : storage::get_document(txn, key);
    if (!alarm) return AwsError(errors::no_such_resource, "The resource " + arn + " does not exist.");  // unverified
    if (!alarm->contains("_tags")) (*alarm)["_tags"] = Json::array();
    TRY_VOID(edit((*alarm)["_tags"]));
    storage::put_document(txn, key, *alarm);
    return Json::object();
  });
}

Access on_the_resource(const char* action) {
  return needs(action, [](const Call& call) { return text_of(call.input, "ResourceARN"); });
}

}  // namespace

Operation tag_resource(CloudWatch& watch) {
  static const Shape tag =
      structure({required("Key", string().length(1, 128)), required("Value", string().length(0, 256))});
  static const Shape input =
      structure({required("ResourceARN", string().length(1, 1024)), required("Tags", list(tag))});
  auto handle = [&watch](Call& call) {
    return change(watch, call, [&](Json& tags) -> Result<void> {
      for (const Json& one : call.input["Tags"]) {
        remove_tag(tags, text_of(one, "Key"));
        tags.push_back(one);
      }
      if (tags.size() <= kTagsMax) return {};
      return errors::invalid_value("The number of tags exceeds the limit of 50.");  // unverified: the words
    });
  };
  return {
      .name = "TagResource", .input = &input, .access = on_the_resource("TagResource"), .handle = JsonHandler(handle)};
}

Operation untag_resource(CloudWatch& watch) {
  static const Shape input =
      structure({required("ResourceARN", string().length(1, 1024)), required("TagKeys", list(string()))});
  auto handle = [&watch](Call& call) {
    return change(watch, call, [&](Json& tags) -> Result<void> {
      for (const Json& key : call.input["TagKeys"]) remove_tag(tags, key.get<std::string>());
      return {};
    });
  };
  return {.name = "UntagResource",
          .input = &input,
          .access = on_the_resource("UntagResource"),
          .handle = JsonHandler(handle)};
}

Operation list_tags_for_resource(CloudWatch& watch) {
  static const Shape input = structure({required("ResourceARN", string().length(1, 1024))});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const std::string key = key_of(text_of(call.input, "ResourceARN"));
    auto alarm = key.empty() ? std::nullopt : storage::get_document(watch.context.store, key);
    return Json{{"Tags", alarm ? alarm->value("_tags", Json::array()) : Json::array()}};
  };
  return {.name = "ListTagsForResource",
          .input = &input,
          .access = on_the_resource("ListTagsForResource"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::cloudwatch
