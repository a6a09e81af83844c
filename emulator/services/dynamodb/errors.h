#pragma once
// DynamoDB's error codes: namespaces and message keys as in the service's documents.

#include "emulator/base/result.h"
#include "emulator/protocol/json_errors.h"

namespace millrace::dynamodb::errors {

inline constexpr const char* kModelled = "com.amazonaws.dynamodb.v20120810#";
inline constexpr const char* kCoral = "com.amazon.coral.service#";

inline constexpr ErrorKind validation{"ValidationException", 400, "com.amazon.coral.validate#"};
inline constexpr ErrorKind serialization{"SerializationException", 400, kCoral, "Message"};
inline constexpr ErrorKind access_denied{"AccessDeniedException", 400, kCoral, "Message"};
inline constexpr ErrorKind resource_not_found{"ResourceNotFoundException", 400, kModelled};
inline constexpr ErrorKind resource_in_use{"ResourceInUseException", 400, kModelled};
inline constexpr ErrorKind limit_exceeded{"LimitExceededException", 400, kModelled};
inline constexpr ErrorKind conditional_check_failed{"ConditionalCheckFailedException", 400, kModelled};
inline constexpr ErrorKind transaction_canceled{"TransactionCanceledException", 400, kModelled, "Message"};
inline constexpr ErrorKind transaction_conflict{"TransactionConflictException", 400, kModelled};
inline constexpr ErrorKind transaction_in_progress{"TransactionInProgressException", 400, kModelled, "Message"};
inline constexpr ErrorKind idempotent_mismatch{"IdempotentParameterMismatchException", 400, kModelled, "Message"};
inline constexpr ErrorKind throttling{"ThrottlingException", 400, "com.amazon.coral.availability#"};
inline constexpr ErrorKind throughput_exceeded{"ProvisionedThroughputExceededException", 400, kModelled};

inline constexpr ErrorKind duplicate_item{"DuplicateItemException", 400, kModelled};
/// A fault of the store.
inline constexpr ErrorKind internal_error{"InternalServerError", 500, kModelled, "message", Fault::server};
inline constexpr ErrorKind table_not_found{"TableNotFoundException", 400, kModelled};
inline constexpr ErrorKind policy_not_found{"PolicyNotFoundException", 400, kModelled};
inline constexpr ErrorKind backup_not_found{"BackupNotFoundException", 400, kModelled};
inline constexpr ErrorKind export_not_found{"ExportNotFoundException", 400, kModelled};
inline constexpr ErrorKind import_not_found{"ImportNotFoundException", 400, kModelled};
inline constexpr ErrorKind invalid_export_time{"InvalidExportTimeException", 400, kModelled};
inline constexpr ErrorKind global_table_not_found{"GlobalTableNotFoundException", 400, kModelled};
inline constexpr ErrorKind global_table_already_exists{"GlobalTableAlreadyExistsException", 400, kModelled};
inline constexpr ErrorKind table_in_use{"TableInUseException", 400, kModelled};
inline constexpr ErrorKind export_conflict{"ExportConflictException", 400, kModelled};
inline constexpr ErrorKind import_conflict{"ImportConflictException", 400, kModelled};
inline constexpr ErrorKind backup_in_use{"BackupInUseException", 400, kModelled};
inline constexpr ErrorKind table_already_exists{"TableAlreadyExistsException", 400, kModelled};
inline constexpr ErrorKind invalid_restore_time{"InvalidRestoreTimeException", 400, kModelled};
inline constexpr ErrorKind recovery_unavailable{"PointInTimeRecoveryUnavailableException", 400, kModelled};
inline constexpr ErrorKind continuous_backups_unavailable{"ContinuousBackupsUnavailableException", 400, kModelled};

/// What the pipeline says in DynamoDB's and the streams' name.
inline protocol::ServiceErrors service_errors() {
  protocol::ServiceErrors errors =
      protocol::json_errors({serialization, validation, {"NotImplemented", 501, kCoral}, access_denied}, 400, kCoral);
  errors.unknown_operation = ErrorKind{"UnknownOperationException", 400, kCoral};
  return errors;
}

}  // namespace millrace::dynamodb::errors

namespace millrace::dynamodb {

/// A ValidationException with this text.
inline AwsError validation_error(std::string text) {
  return {errors::validation, std::move(text)};
}

}  // namespace millrace::dynamodb
