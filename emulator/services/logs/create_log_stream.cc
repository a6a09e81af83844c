#include "emulator/services/logs/logs.h"
#include "emulator/storage/documents.h"

namespace millrace::logs {

using namespace protocol;

Operation create_log_stream(Logs& logs) {
  static const Shape input =
      structure({required("logGroupName", group_name_shape()), required("logStreamName", stream_name_shape())});
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    std::string group = text_of(call.input, "logGroupName"), name = text_of(call.input, "logStreamName");
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY_VOID(find_group(txn, place, group));
      if (storage::get_document(txn, stream_key(place, group, name)))
        return AwsError(errors::already_exists, "The specified log stream already exists");
      new_stream(txn, place, group, name, logs.context.clock.now_ms());
      return Json();
    });
  };
  return {.name = "CreateLogStream",
          .input = &input,
          .access = stream_access("CreateLogStream"),
          .handle = JsonHandler(handle)};
}

Operation delete_log_stream(Logs& logs) {
  static const Shape input =
      structure({required("logGroupName", group_name_shape()), required("logStreamName", stream_name_shape())});
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    std::string group = text_of(call.input, "logGroupName");
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY_VOID(find_group(txn, place, group));
      TRY(LogStream stream, find_stream(txn, place, group, text_of(call.input, "logStreamName")));
      erase_stream(txn, place, group, stream);
      return Json();
    });
  };
  return {.name = "DeleteLogStream",
          .input = &input,
          .access = stream_access("DeleteLogStream"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
