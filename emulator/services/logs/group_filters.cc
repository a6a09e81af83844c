#include "emulator/services/logs/group_filters.h"

#include "emulator/storage/documents.h"

namespace millrace::logs {

using namespace protocol;

namespace {

/// The group has one filter more or less.
void count(storage::Txn& txn, const Place& place, LogGroup group, const FilterKind& kind, int64_t by) {
  group.*kind.counter += by;
  put_group(txn, place, group);
}

}  // namespace

Result<Json> put_filter(Logs& logs, const Call& call, const FilterKind& kind,
                        const std::function<Json(Millis created_ms)>& make) {
  Place place = place_of(call);
  std::string group_name = text_of(call.input, "logGroupName");
  return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(LogGroup group, find_group(txn, place, group_name));
    std::string key = kind.key(place, group_name, text_of(call.input, "filterName"));
    auto existing = storage::get_document(txn, key);
    if (!existing) {
      if (group.*kind.counter >= kind.per_group_max)
        return AwsError(errors::limit_exceeded, "Resource limit exceeded.");
      count(txn, place, std::move(group), kind, 1);
    }
    storage::put_document(txn, key, make(existing ? int_of(*existing, "creationTime") : logs.context.clock.now_ms()));
    return Json();
  });
}

Operation delete_filter(Logs& logs, std::string name, const FilterKind& kind) {
  static const Shape input =
      structure({required("logGroupName", group_name_shape()), required("filterName", filter_name_shape())});
  auto handle = [&logs, &kind](Call& call) -> Result<Json> {
    Place place = place_of(call);
    std::string group_name = text_of(call.input, "logGroupName");
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(LogGroup group, find_group(txn, place, group_name));
      std::string key = kind.key(place, group_name, text_of(call.input, "filterName"));
      if (!storage::get_document(txn, key)) return AwsError(errors::resource_not_found, kind.missing);
      txn.erase(storage::Family::meta, key);
      count(txn, place, std::move(group), kind, -1);
      return Json();
    });
  };
  auto access = group_access(name);
  return {.name = std::move(name), .input = &input, .access = std::move(access), .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
