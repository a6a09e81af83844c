// PutRetentionPolicy and DeleteRetentionPolicy. PutLogEvents rejects what is older than the retention, reads don't show
// it, and housekeeping.cc erases it.

#include <algorithm>
#include <array>

#include "emulator/services/logs/logs.h"

namespace millrace::logs {

using namespace protocol;

namespace {

constexpr std::array<int64_t, 22> kDays = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                           365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

Result<Json> set_retention(Logs& logs, const Call& call, std::optional<int64_t> days) {
  Place place = place_of(call);
  std::string name = text_of(call.input, "logGroupName");
  return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(LogGroup group, find_group(txn, place, name));
    group.retention_days = days;
    put_group(txn, place, group);
    return Json();
  });
}

}  // namespace

Operation put_retention_policy(Logs& logs) {
  static const Shape input =
      structure({required("logGroupName", group_name_shape()), required("retentionInDays", integer())});
  auto handle = [&logs](Call& call) -> Result<Json> {
    int64_t days = int_of(call.input, "retentionInDays");
    if (std::find(kDays.begin(), kDays.end(), days) == kDays.end()) {
      std::string set;
      for (int64_t allowed : kDays) set += (set.empty() ? "" : ", ") + std::to_string(allowed);
      return AwsError(errors::invalid_parameter,
                      "1 validation error detected: Value '" + std::to_string(days) +
                          "' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [" +
                          set + "]");
    }
    return set_retention(logs, call, days);
  };
  return {.name = "PutRetentionPolicy",
          .input = &input,
          .access = group_access("PutRetentionPolicy"),
          .handle = JsonHandler(handle)};
}

Operation delete_retention_policy(Logs& logs) {
  static const Shape input = structure({required("logGroupName", group_name_shape())});
  auto handle = [&logs](Call& call) { return set_retention(logs, call, std::nullopt); };
  return {.name = "DeleteRetentionPolicy",
          .input = &input,
          .access = group_access("DeleteRetentionPolicy"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
