#pragma once
// Tables under a customer's KMS key: who uses the table must be allowed to use the key through DynamoDB, and where it can't
// be used the table's items are out of reach. Source: developer guide, "DynamoDB encryption at rest".

#include <string>

#include "emulator/base/random.h"
#include "emulator/encryption/key_use.h"
#include "emulator/tables/table.h"

namespace millrace::dynamodb {

/// What is said where a table is to be put under a key that KMS refuses: ValidationException "KMS validation error: ...", or
/// AccessDeniedException "KMS key access denied error: ..." for a policy's refusal. `request_id` is KMS's.
AwsError refused_key(const AwsError& said, const std::string& request_id);

/// Nothing, if the caller may decrypt what the table holds, or it isn't under a customer's key; else AccessDeniedException.
Result<void> use_table_key(const encryption::KeyUser& keys, Random& random, const tables::Table& table,
                           const protocol::Caller& caller);

/// False while the customer's key that a table is under can't be used, whoever asks.
bool key_is_accessible(ports::Encryption* keys, const tables::Table& table);

}  // namespace millrace::dynamodb
