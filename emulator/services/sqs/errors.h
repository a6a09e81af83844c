#pragma once
// SQS's error codes. The code is the query protocol's; the JSON protocol has its own name for some (json_protocol.cc).

#include "emulator/base/result.h"
#include "emulator/protocol/service.h"

namespace millrace::sqs::errors {

inline constexpr ErrorKind queue_does_not_exist{"AWS.SimpleQueueService.NonExistentQueue"};
inline constexpr ErrorKind queue_exists{"QueueAlreadyExists"};
inline constexpr ErrorKind invalid_value{"InvalidParameterValue"};
inline constexpr ErrorKind invalid_message_contents{"InvalidMessageContents"};
inline constexpr ErrorKind missing_parameter{"MissingParameter"};
inline constexpr ErrorKind invalid_attribute_name{"InvalidAttributeName"};
inline constexpr ErrorKind invalid_attribute_value{"InvalidAttributeValue"};
inline constexpr ErrorKind receipt_handle_is_invalid{"ReceiptHandleIsInvalid", 404};
inline constexpr ErrorKind message_not_inflight{"AWS.SimpleQueueService.MessageNotInflight"};
inline constexpr ErrorKind empty_batch{"AWS.SimpleQueueService.EmptyBatchRequest"};
inline constexpr ErrorKind too_many_entries{"AWS.SimpleQueueService.TooManyEntriesInBatchRequest"};
inline constexpr ErrorKind ids_not_distinct{"AWS.SimpleQueueService.BatchEntryIdsNotDistinct"};
inline constexpr ErrorKind invalid_batch_id{"AWS.SimpleQueueService.InvalidBatchEntryId"};
inline constexpr ErrorKind queue_deleted_recently{"AWS.SimpleQueueService.QueueDeletedRecently"};
inline constexpr ErrorKind purge_in_progress{"AWS.SimpleQueueService.PurgeQueueInProgress", 403};
inline constexpr ErrorKind batch_too_long{"AWS.SimpleQueueService.BatchRequestTooLong"};
inline constexpr ErrorKind unsupported_operation{"AWS.SimpleQueueService.UnsupportedOperation"};
inline constexpr ErrorKind resource_not_found{"ResourceNotFoundException", 404};
inline constexpr ErrorKind kms_access_denied{"KMS.AccessDeniedException"};
inline constexpr ErrorKind not_implemented{"NotImplemented", 501};

inline protocol::ServiceErrors service_errors() {
  return {
      .serialization = {"SerializationException"},
      .validation = invalid_value,
      .not_implemented = not_implemented,
      .access_denied = {"AccessDenied", 403},
      .missing_token = {"MissingAuthenticationToken", 403},
      .incomplete_signature = {"IncompleteSignature", 400},
      .invalid_token = {"InvalidClientTokenId", 403},
      .wrong_signature = {"SignatureDoesNotMatch", 403},
      .expired_token = {"ExpiredToken", 403},
  };
}

}  // namespace millrace::sqs::errors
