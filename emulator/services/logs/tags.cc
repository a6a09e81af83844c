// The tags of a log group, by ARN and by name: two faces of one map.

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/logs/logs.h"
#include "emulator/storage/document_form.h"

namespace millrace::logs {

using namespace protocol;

namespace {

constexpr size_t kTagsMax = 50;

Shape tags_shape() {
  return map(string().length(0, 256)).length(1, 50).keys(string().length(1, 128));
}
Shape keys_shape() {
  return list(string().length(1, 128)).length(1, 50);
}

/// What the request tags: its ARN, and the key of its document, which holds the tags. An anomaly detector's is as AWS shows it.
struct Target {
  std::string arn;
  std::string key;
  bool is_group = true;
};

Result<Target> target(const Call& call) {
  Place place = place_of(call);
  if (auto name = optional_text(call.input, "logGroupName"))
    return Target{group_arn(place, *name), group_key(place, *name)};
  std::string text = text_of(call.input, "resourceArn");
  constexpr std::string_view kDetector = "anomaly-detector:";
  auto arn = Arn::parse(text);
  if (arn && arn->resource.starts_with(kDetector))
    return Target{text,
                  storage::document_key({"logs", place.account, place.region, "anomaly-detector",
                                         arn->resource.substr(kDetector.size())}),
                  false};
  TRY(std::string name, group_in_arn(text));
  return Target{group_arn(place, name), group_key(place, name)};
}

struct Tagged {
  std::optional<LogGroup> group;
  Json detector;

  Json& tags() { return group ? group->tags : detector["tags"]; }
  void put(storage::Txn& txn, const std::string& key) const {
    if (group)
      storage::put_model(txn, key, *group);
    else
      storage::put_document(txn, key, detector);
  }
};

Result<Tagged> find_tagged(const storage::Reader& reader, const Target& target) {
  if (target.is_group) {
    if (auto group = storage::get_model<LogGroup>(reader, target.key)) return Tagged{.group = std::move(group)};
  } else if (auto detector = storage::get_document(reader, target.key)) {
    return Tagged{.detector = std::move(*detector)};
  }
  // unverified: the wording for a detector.
  return AwsError(errors::resource_not_found, target.is_group ? "The specified log group does not exist."
                                                              : "The specified resource does not exist.");
}

std::function<Result<AccessNeeds>(const Call&)> access(std::string action) {
  return [action = "logs:" + action](const Call& call) -> Result<AccessNeeds> {
    TRY(Target tagged, target(call));
    return AccessNeeds{{action, tagged.arn}};
  };
}

Result<Json> add_tags(Logs& logs, const Call& call) {
  TRY(Target tagged, target(call));
  return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Tagged found, find_tagged(txn, tagged));
    for (const auto& [key, value] : call.input["tags"].items()) found.tags()[key] = value;
    // unverified: the wording for too many tags.
    if (found.tags().size() > kTagsMax)
      return AwsError(errors::invalid_parameter, "A log group can have at most 50 tags.");
    found.put(txn, tagged.key);
    return Json();
  });
}

Result<Json> remove_tags(Logs& logs, const Call& call, const char* member) {
  TRY(Target tagged, target(call));
  return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Tagged found, find_tagged(txn, tagged));
    for (const Json& key : call.input[member]) found.tags().erase(key.get<std::string>());
    found.put(txn, tagged.key);
    return Json();
  });
}

Result<Json> read_tags(Logs& logs, const Call& call) {
  TRY(Target tagged, target(call));
  TRY(Tagged found, find_tagged(logs.context.store, tagged));
  return Json{{"tags", found.tags()}};
}

}  // namespace

Operation tag_resource(Logs& logs) {
  static const Shape input =
      structure({required("resourceArn", string().length(1, 1011)), required("tags", tags_shape())});
  return {.name = "TagResource",
          .input = &input,
          .access = access("TagResource"),
          .handle = JsonHandler([&logs](Call& call) { return add_tags(logs, call); })};
}

Operation untag_resource(Logs& logs) {
  static const Shape input =
      structure({required("resourceArn", string().length(1, 1011)), required("tagKeys", keys_shape())});
  return {.name = "UntagResource",
          .input = &input,
          .access = access("UntagResource"),
          .handle = JsonHandler([&logs](Call& call) { return remove_tags(logs, call, "tagKeys"); })};
}

Operation list_tags_for_resource(Logs& logs) {
  static const Shape input = structure({required("resourceArn", string().length(1, 1011))});
  return {.name = "ListTagsForResource",
          .input = &input,
          .access = access("ListTagsForResource"),
          .handle = JsonHandler([&logs](Call& call) { return read_tags(logs, call); })};
}

Operation tag_log_group(Logs& logs) {
  static const Shape input = structure({required("logGroupName", group_name_shape()), required("tags", tags_shape())});
  return {.name = "TagLogGroup",
          .input = &input,
          .access = access("TagLogGroup"),
          .handle = JsonHandler([&logs](Call& call) { return add_tags(logs, call); })};
}

Operation untag_log_group(Logs& logs) {
  static const Shape input = structure({required("logGroupName", group_name_shape()), required("tags", keys_shape())});
  return {.name = "UntagLogGroup",
          .input = &input,
          .access = access("UntagLogGroup"),
          .handle = JsonHandler([&logs](Call& call) { return remove_tags(logs, call, "tags"); })};
}

Operation list_tags_log_group(Logs& logs) {
  static const Shape input = structure({required("logGroupName", group_name_shape())});
  return {.name = "ListTagsLogGroup",
          .input = &input,
          .access = access("ListTagsLogGroup"),
          .handle = JsonHandler([&logs](Call& call) { return read_tags(logs, call); })};
}

}  // namespace millrace::logs
