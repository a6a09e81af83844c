// TagResource, UntagResource, ListResourceTags.

#include "emulator/services/kms/kms.h"

namespace millrace::kms {

using namespace protocol;

namespace {

constexpr size_t kPageMax = 50;

Operation tag_resource(Kms& kms) {
  static const Shape input = structure({key_id_member(), required("Tags", tag_list_shape())});
  return change_key(kms, "TagResource", &input, [&kms](const Call& call, Key& key) -> Result<Json> {
    TRY_VOID(check_not_deleted(key, kms.now()));
    TRY(Json tags, tags_of(call.input["Tags"], key.tags));
    key.tags = std::move(tags);
    return Json();
  });
}

Operation untag_resource(Kms& kms) {
  static const Shape input = structure({key_id_member(), required("TagKeys", list(string().length(1, 128)))});
  return change_key(kms, "UntagResource", &input, [&kms](const Call& call, Key& key) -> Result<Json> {
    TRY_VOID(check_not_deleted(key, kms.now()));
    for (const Json& name : call.input["TagKeys"]) key.tags.erase(name.get<std::string>());
    return Json();
  });
}

Operation list_resource_tags(Kms& kms) {
  static const Shape input = structure(
      {key_id_member(), optional("Limit", integer().range(1, 1000)), optional("Marker", string().length(1, 1024))});
  auto handle = [](Call& call, const Key& key) -> Result<Json> {
    Json all = Json::array();
    for (const auto& [name, value] : key.tags.items()) all.push_back({{"TagKey", name}, {"TagValue", value}});
    return page_of(call, "Tags", std::move(all), "TagKey", kPageMax);
  };
  return on_key(kms, {"ListResourceTags", &input, handle});
}

}  // namespace

Operations tag_operations(Kms& kms) {
  return {tag_resource(kms), untag_resource(kms), list_resource_tags(kms)};
}

}  // namespace millrace::kms
