// AddTagsToResource, RemoveTagsFromResource, ListTagsForResource: parameters are what there is to tag.

#include "emulator/services/ssm/ssm.h"

namespace millrace::ssm {

using namespace protocol;

namespace {

Member resource_type() {
  return required("ResourceType",
                  string().one_of({"ManagedInstance", "Automation", "OpsItem", "MaintenanceWindow", "PatchBaseline",
                                   "Document", "OpsMetadata", "Parameter", "Association"}));
}

AwsError no_such_resource() {
  return {errors::invalid_resource_id,
          "The resource ID is not valid. Verify that you entered the correct ID and try again."};
}

/// Edits the tags of the parameter that the request names.
Result<Json> change_tags(Ssm& ssm, const Call& call, const std::function<Result<Json>(Json)>& change) {
  const Place place = place_of(call);
  return ssm.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    auto parameter = read_parameter(txn, place, text_of(call.input, "ResourceId"), ssm.now());
    if (!parameter || text_of(call.input, "ResourceType") != "Parameter") return no_such_resource();
    TRY(Json tags, change(parameter->tags));
    parameter->tags = std::move(tags);
    put_parameter(txn, place, *parameter);
    return Json::object();
  });
}

Operation add_tags(Ssm& ssm) {
  static const Shape input =
      structure({resource_type(), required("ResourceId", string()), required("Tags", tags_shape())});
  auto handle = [&ssm](Call& call) -> Result<Json> {
    return change_tags(ssm, call, [&](Json tags) { return merged_tags(std::move(tags), call.input["Tags"]); });
  };
  return {.name = "AddTagsToResource",
          .input = &input,
          .access = parameter_access(ssm, "AddTagsToResource", "ResourceId"),
          .handle = JsonHandler(handle)};
}

Operation remove_tags(Ssm& ssm) {
  static const Shape input = structure(
      {resource_type(), required("ResourceId", string()), required("TagKeys", list(string().length(1, 128)))});
  auto handle = [&ssm](Call& call) -> Result<Json> {
    return change_tags(ssm, call, [&](Json tags) -> Result<Json> {
      for (const Json& key : call.input["TagKeys"]) tags.erase(key.get<std::string>());
      return tags;
    });
  };
  return {.name = "RemoveTagsFromResource",
          .input = &input,
          .access = parameter_access(ssm, "RemoveTagsFromResource", "ResourceId"),
          .handle = JsonHandler(handle)};
}

Operation list_tags(Ssm& ssm) {
  static const Shape input = structure({resource_type(), required("ResourceId", string())});
  auto handle = [&ssm](Call& call) -> Result<Json> {
    const auto parameter =
        read_parameter(ssm.context.store, place_of(call), text_of(call.input, "ResourceId"), ssm.now());
    if (!parameter || text_of(call.input, "ResourceType") != "Parameter") return no_such_resource();
    Json out = Json::array();
    for (const auto& [key, value] : parameter->tags.items()) out.push_back({{"Key", key}, {"Value", value}});
    return Json{{"TagList", out}};
  };
  return {.name = "ListTagsForResource",
          .input = &input,
          .access = parameter_access(ssm, "ListTagsForResource", "ResourceId"),
          .handle = JsonHandler(handle)};
}

}  // namespace

Operations tag_operations(Ssm& ssm) {
  return {add_tags(ssm), remove_tags(ssm), list_tags(ssm)};
}

}  // namespace millrace::ssm
