#include "emulator/services/logs/event_keys.h"
#include "emulator/services/logs/group_keys.h"
#include "emulator/services/logs/logs.h"
#include "emulator/storage/documents.h"

namespace millrace::logs {

using namespace protocol;

namespace {
constexpr int64_t kDeliveryRetentionDays = 2;  // of the class DELIVERY, whatever is asked for [doc]
}  // namespace

Operation create_log_group(Logs& logs) {
  static const Shape input = structure({
      required("logGroupName", group_name_shape()),
      protocol::optional("kmsKeyId", string().length(-1, 256)),
      protocol::optional("tags", map(string().length(0, 256)).length(1, 50).keys(string().length(1, 128))),
      protocol::optional("logGroupClass", string().one_of({"STANDARD", "INFREQUENT_ACCESS", "DELIVERY"})),
      protocol::optional("deletionProtectionEnabled", boolean()),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    std::string name = text_of(call.input, "logGroupName");
    std::string data_key;
    if (auto key = optional_text(call.input, "kmsKeyId")) {
      TRY(data_key, new_data_key(logs, place, name, *key));
    }
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (storage::get_document(txn, group_key(place, name)))
        return AwsError(errors::already_exists, "The specified log group already exists");
      LogGroup group = new_group(txn, place, name, logs.context.clock.now_ms());
      if (const Json* tags = find(call.input, "tags")) group.tags = *tags;
      group.kms_key_id = optional_text(call.input, "kmsKeyId");
      if (!data_key.empty()) put_data_key(txn, place, group_arn(place, name), data_key, group);
      group.log_class = text_of(call.input, "logGroupClass", "STANDARD");
      if (group.log_class == "DELIVERY") group.retention_days = kDeliveryRetentionDays;
      group.deletion_protection = bool_of(call.input, "deletionProtectionEnabled");
      put_group(txn, place, group);
      return Json();
    });
  };
  return {.name = "CreateLogGroup",
          .input = &input,
          .access = group_access("CreateLogGroup"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
