#include "emulator/services/kms/operations.h"

namespace millrace::kms {

using namespace protocol;

namespace {
constexpr size_t kPageMax = 1000;
}  // namespace

Operation list_keys(ManagedKeys& keys) {
  static const Shape input = structure({
      optional("Limit", integer().range(1, 1000)),
      optional("Marker", string().length(1, 1024)),
  });
  auto handle = [&keys](Call& call) -> Result<Json> {
    Json all = Json::array();
    for (const ManagedKey& key : keys.list(call.caller.account, call.caller.region)) {
      if (key.created_ms) all.push_back({{"KeyId", key.id}, {"KeyArn", key.arn}});
    }
    return page_of(call, "Keys", std::move(all), "KeyId", kPageMax);
  };
  auto access = [](const Call&) -> Result<AccessNeeds> { return AccessNeeds{{"kms:ListKeys", "*"}}; };
  return {.name = "ListKeys", .input = &input, .access = access, .handle = JsonHandler(handle)};
}  // namespace

}  // namespace millrace::kms
