// The tags of a log group, by ARN and by name: two faces of one map.

#include "emulator/services/logs/logs.h"
#include "emulator/storage/documents.h"

namespace millrace::logs {

using namespace protocol;

namespace {

constexpr size_t kTagsMax = 50;

Shape tags_shape() { return map(string().length(0, 256)).length(1, 50).keys(string().length(1, 128)); }
Shape keys_shape() { return list(string().length(1, 128)).length(1, 50); }

Result<std::string> target(const Call& call) {
  if (auto name = optional_text(call.input, "logGroupName")) return *name;
  return group_in_arn(text_of(call.input, "resourceArn"));
}

std::function<Result<AccessNeeds>(const Call&)> access(std::string action) {
  return [action = "logs:" + action](const Call& call) -> Result<AccessNeeds> {
    TRY(std::string name, target(call));
    return AccessNeeds{{action, group_arn(place_of(call), name)}};
  };
}

Result<Json> add_tags(Logs& logs, const Call& call) {
  TRY(std::string name, target(call));
  Place place = place_of(call);
  return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json group, find_group(txn, place, name));
    for (const auto& [key, value] : call.input["tags"].items()) group["tags"][key] = value;
    // unverified: the wording for too many tags.
    if (group["tags"].size() > kTagsMax) return AwsError(errors::invalid_parameter, "A log group can have at most 50 tags.");
    storage::put_document(txn, group_key(place, name), group);
    return Json();
  });
}

Result<Json> remove_tags(Logs& logs, const Call& call, const char* member) {
  TRY(std::string name, target(call));
  Place place = place_of(call);
  return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json group, find_group(txn, place, name));
    for (const Json& key : call.input[member]) group["tags"].erase(key.get<std::string>());
    storage::put_document(txn, group_key(place, name), group);
    return Json();
  });
}

Result<Json> read_tags(Logs& logs, const Call& call) {
  TRY(std::string name, target(call));
  TRY(Json group, find_group(logs.context.store, place_of(call), name));
  return Json{{"tags", group["tags"]}};
}

}  // namespace

Operation tag_resource(Logs& logs) {
  static const Shape input = structure({required("resourceArn", string().length(1, 1011)), required("tags", tags_shape())});
  return {.name = "TagResource", .input = &input, .access = access("TagResource"),
          .handle = JsonHandler([&logs](Call& call) { return add_tags(logs, call); })};
}

Operation untag_resource(Logs& logs) {
  static const Shape input = structure({required("resourceArn", string().length(1, 1011)), required("tagKeys", keys_shape())});
  return {.name = "UntagResource", .input = &input, .access = access("UntagResource"),
          .handle = JsonHandler([&logs](Call& call) { return remove_tags(logs, call, "tagKeys"); })};
}

Operation list_tags_for_resource(Logs& logs) {
  static const Shape input = structure({required("resourceArn", string().length(1, 1011))});
  return {.name = "ListTagsForResource", .input = &input, .access = access("ListTagsForResource"),
          .handle = JsonHandler([&logs](Call& call) { return read_tags(logs, call); })};
}

Operation tag_log_group(Logs& logs) {
  static const Shape input = structure({required("logGroupName", group_name_shape()), required("tags", tags_shape())});
  return {.name = "TagLogGroup", .input = &input, .access = access("TagLogGroup"),
          .handle = JsonHandler([&logs](Call& call) { return add_tags(logs, call); })};
}

Operation untag_log_group(Logs& logs) {
  static const Shape input = structure({required("logGroupName", group_name_shape()), required("tags", keys_shape())});
  return {.name = "UntagLogGroup", .input = &input, .access = access("UntagLogGroup"),
          .handle = JsonHandler([&logs](Call& call) { return remove_tags(logs, call, "tags"); })};
}

Operation list_tags_log_group(Logs& logs) {
  static const Shape input = structure({required("logGroupName", group_name_shape())});
  return {.name = "ListTagsLogGroup", .input = &input, .access = access("ListTagsLogGroup"),
          .handle = JsonHandler([&logs](Call& call) { return read_tags(logs, call); })};
}

}  // namespace millrace::logs
