#include "emulator/services/dynamodb/items/stored_item.h"

#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/attribute/item_json.h"
#include "emulator/services/dynamodb/errors.h"
#include "emulator/services/dynamodb/expression/projection.h"

namespace millrace::dynamodb {
namespace {
AwsError damaged() {
  return {errors::internal_error, "Internal server error"};
}
}  // namespace

Result<AttributeMap> read_stored_item(std::string_view stored) {
  auto item = decode_item(stored);
  if (!item) return damaged();
  return std::move(*item);
}

Result<void> append_stored_item(std::string& out, std::string_view stored,
                                const std::optional<Projection>& projection) {
  if (!projection) {
    if (!append_item_json(out, stored)) return damaged();
    return {};
  }
  TRY(AttributeMap item, read_stored_item(stored));
  append_json(out, project(item, *projection));
  return {};
}

}  // namespace millrace::dynamodb
