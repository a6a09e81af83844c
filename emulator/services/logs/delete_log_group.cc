#include "emulator/services/logs/logs.h"

namespace millrace::logs {

using namespace protocol;

Operation delete_log_group(Logs& logs) {
  static const Shape input = structure({required("logGroupName", group_name_shape())});
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    std::string name = text_of(call.input, "logGroupName");
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(LogGroup group, find_group(txn, place, name));
      // unverified: the wording of the refusal.
      if (group.deletion_protection)
        return AwsError(errors::validation, "The log group cannot be deleted because deletion protection is enabled.");
      erase_group(txn, place, group);
      return Json();
    });
  };
  return {.name = "DeleteLogGroup",
          .input = &input,
          .access = group_access("DeleteLogGroup"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
