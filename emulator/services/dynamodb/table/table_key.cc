#include "emulator/services/dynamodb/table/table_key.h"

#include "emulator/services/dynamodb/errors.h"

namespace millrace::dynamodb {

namespace {

encryption::KeyOf key_of(const tables::Table& table) {
  return {table.account,
          table.region,
          tables::kms_key_of(table),
          {{"aws:dynamodb:tableName", table.name}, {"aws:dynamodb:subscriberId", table.account}}};
}

}  // namespace

AwsError refused_key(const AwsError& said, const std::string& request_id) {
  if (said.is(encryption::kAccessDenied))
    return {errors::access_denied, "KMS key access denied error: " + encryption::exception_words(said, request_id)};
  return {errors::validation, "KMS validation error: " + encryption::exception_words(said, request_id)};
}

Result<void> use_table_key(const encryption::KeyUser& keys, Random& random, const tables::Table& table,
                           const protocol::Caller& caller) {
  const encryption::KeyOf key = key_of(table);
  if (key.name.empty()) return {};
  protocol::Call call;
  call.caller = caller;
  auto used = encryption::use_key(keys, key, call, {"Decrypt"});
  if (!used.has_error()) return {};
  // Recorded for what a policy refuses; unverified for a key that is disabled or gone.
  return AwsError(errors::access_denied,
                  "KMS key access denied error: " + encryption::exception_words(used.error(), random.uuid()));
}

bool key_is_accessible(ports::Encryption* keys, const tables::Table& table) {
  return !encryption::usable_key(keys, key_of(table)).has_error();
}

}  // namespace millrace::dynamodb
