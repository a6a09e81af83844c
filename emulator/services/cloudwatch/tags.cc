// TagResource, UntagResource, ListTagsForResource: of alarms and mute rules.

#include <variant>

#include "emulator/base/arn.h"
#include "emulator/services/cloudwatch/state.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {

constexpr size_t kTagsMax = 50;

/// What an ARN names.
struct Tagged {
  std::string key;
  std::variant<Alarm, MuteRule> what;

  Json& tags() {
    return std::visit([](auto& one) -> Json& { return one.tags; }, what);
  }
};

std::optional<Tagged> tagged(const storage::Reader& reader, const std::string& text) {
  const auto arn = Arn::parse(text);
  if (!arn) return std::nullopt;
  constexpr std::string_view kAlarm = "alarm:", kMuteRule = "alarm-mute-rule:";
  const Scope scope{arn->account, arn->region};
  if (arn->resource.starts_with(kAlarm)) {
    const std::string key = alarm_key(scope, arn->resource.substr(kAlarm.size()));
    if (auto alarm = storage::get_model<Alarm>(reader, key)) return Tagged{key, std::move(*alarm)};
  } else if (arn->resource.starts_with(kMuteRule)) {
    const std::string key = mute_rule_key(scope, arn->resource.substr(kMuteRule.size()));
    if (auto rule = storage::get_model<MuteRule>(reader, key)) return Tagged{key, std::move(*rule)};
  }
  return std::nullopt;
}

void remove_tag(Json& tags, const std::string& key) {
  tags.erase(std::remove_if(tags.begin(), tags.end(), [&](const Json& tag) { return text_of(tag, "Key") == key; }),
             tags.end());
}

Result<Json> change(CloudWatch& watch, const Call& call, const std::function<Result<void>(Json& tags)>& edit) {
  const std::string arn = text_of(call.input, "ResourceARN");
  return watch.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    auto found = tagged(txn, arn);
    if (!found) return AwsError(errors::no_such_resource, "The resource " + arn + " does not exist.");  // unverified
    TRY_VOID(edit(found->tags()));
    std::visit([&](const auto& one) { storage::put_model(txn, found->key, one); }, found->what);
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
    auto found = tagged(watch.context.store, text_of(call.input, "ResourceARN"));
    return Json{{"Tags", found ? found->tags() : Json::array()}};
  };
  return {.name = "ListTagsForResource",
          .input = &input,
          .access = on_the_resource("ListTagsForResource"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::cloudwatch
