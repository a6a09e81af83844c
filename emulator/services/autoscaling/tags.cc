// TagResource, UntagResource, ListTagsForResource: of scalable targets.

#include <algorithm>

#include "emulator/services/autoscaling/scaling.h"
#include "emulator/storage/documents.h"

namespace millrace::autoscaling {

using namespace protocol;

namespace {

constexpr size_t kTagsMax = 50;

Result<Json> target_by_arn(const storage::Reader& reader, const Call& call) {
  const std::string arn = text_of(call.input, "ResourceARN");
  for (Json& target : list_all(reader, place_of(call), "target")) {
    if (text_of(target, "ScalableTargetARN") == arn) return std::move(target);
  }
  return AwsError(errors::resource_not_found, "Resource not found for ARN: " + arn, Json{{"ResourceName", arn}});
}

std::function<Result<AccessNeeds>(const Call&)> tag_access(std::string operation) {
  return [action = "application-autoscaling:" + operation](const Call& call) -> Result<AccessNeeds> {
    return AccessNeeds{{action, text_of(call.input, "ResourceARN")}};
  };
}

Result<Json> change_tags(Scaling& scaling, const Call& call, const std::function<void(Json&)>& change) {
  return scaling.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json target, target_by_arn(txn, call));
    if (!target.contains("tags")) target["tags"] = Json::object();
    change(target["tags"]);
    if (target["tags"].size() > kTagsMax) return AwsError(errors::too_many_tags, "Too many tags");
    storage::put_document(txn, document_key(place_of(call), "target", target_of(target)), target);
    return Json::object();
  });
}

}  // namespace

Operations tag_operations(Scaling& scaling) {
  static const Shape tag_input = structure({required("ResourceARN", string().length(1, 1011)),
                                            required("Tags", map(string().length(0, 256)).length(0, kTagsMax))});
  static const Shape untag_input = structure({required("ResourceARN", string().length(1, 1011)),
                                              required("TagKeys", list(string().length(1, 128)).length(0, 200))});
  static const Shape list_input = structure({required("ResourceARN", string().length(1, 1011))});
  auto tag = [&scaling](Call& call) -> Result<Json> {
    return change_tags(scaling, call, [&](Json& tags) {
      for (const auto& [key, value] : call.input["Tags"].items()) tags[key] = value;
    });
  };
  auto untag = [&scaling](Call& call) -> Result<Json> {
    return change_tags(scaling, call, [&](Json& tags) {
      for (const Json& key : call.input["TagKeys"]) tags.erase(key.get<std::string>());
    });
  };
  auto list = [&scaling](Call& call) -> Result<Json> {
    TRY(Json target, target_by_arn(scaling.context.store, call));
    return Json{{"Tags", target.value("tags", Json::object())}};
  };
  Operation tagging{
      .name = "TagResource", .input = &tag_input, .access = tag_access("TagResource"), .handle = JsonHandler(tag)};
  Operation untagging{.name = "UntagResource",
                      .input = &untag_input,
                      .access = tag_access("UntagResource"),
                      .handle = JsonHandler(untag)};
  Operation listing{.name = "ListTagsForResource",
                    .input = &list_input,
                    .access = tag_access("ListTagsForResource"),
                    .handle = JsonHandler(list)};
  return {std::move(tagging), std::move(untagging), std::move(listing)};
}

}  // namespace millrace::autoscaling
