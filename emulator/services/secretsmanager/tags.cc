// TagResource, UntagResource: both answer nothing.

#include "emulator/services/secretsmanager/manager.h"

namespace millrace::secretsmanager {

using namespace protocol;

Operations tag_operations(Manager& manager) {
  static const Shape tag_input = structure({secret_id(), required("Tags", tags_shape())});
  static const Shape untag_input = structure({secret_id(), required("TagKeys", list(string().length(1, 128)))});
  auto tag = [](const Call& call, storage::Txn&, Secret& secret) -> Result<Json> {
    TRY(Json tags, merged_tags(secret.tags.value_or(Json::object()), call.input["Tags"]));
    secret.tags = std::move(tags);
    return Json();
  };
  auto untag = [](const Call& call, storage::Txn&, Secret& secret) -> Result<Json> {
    if (!secret.tags) return Json();
    for (const Json& key : call.input["TagKeys"]) secret.tags->erase(key.get<std::string>());
    return Json();  // none are left: they show as an empty list
  };
  return {change_secret(manager, "TagResource", &tag_input, tag),
          change_secret(manager, "UntagResource", &untag_input, untag)};
}

}  // namespace millrace::secretsmanager
