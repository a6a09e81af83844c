#pragma once
// Buckets, their settings, and what a new one answers for each.

#include <optional>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/result.h"
#include "emulator/storage/store.h"

namespace millrace::s3 {

struct Bucket {
  std::string name;
  uint64_t id = 0;  // of this life of the name: objects of a deleted bucket never come back
  std::string account;
  std::string region;
  Millis created_ms = 0;
  bool object_lock = false;
};

template <class Form>
void describe(Form& form, Bucket& bucket) {
  form.version(1);
  form.member("Name", bucket.name);
  form.member("Id", bucket.id);
  form.member("Account", bucket.account);
  form.member("Region", bucket.region);
  form.member("Created", bucket.created_ms);
  form.added("ObjectLock", bucket.object_lock);
}

std::string bucket_key(std::string_view name);
std::optional<Bucket> find_bucket(const storage::Reader& reader, std::string_view name);
/// Error: NoSuchBucket.
Result<Bucket> require_bucket(const storage::Reader& reader, std::string_view name);
void put_bucket(storage::Txn& txn, const Bucket& bucket);
/// The bucket and all of its settings.
void erase_bucket(storage::Txn& txn, const Bucket& bucket);
/// An account's buckets by name.
std::vector<Bucket> buckets_of(const storage::Reader& reader, const std::string& account);
void each_bucket(const storage::Reader& reader, const std::function<bool(const Bucket&)>& visit);

/// Settings are texts (XML as it is answered, or a policy) by kind, and by id where a bucket may have
/// several.
std::optional<std::string> setting(const storage::Reader& reader, std::string_view bucket, std::string_view kind,
                                   std::string_view id = {});
void put_setting(storage::Txn& txn, std::string_view bucket, std::string_view kind, std::string_view text,
                 std::string_view id = {});
void erase_setting(storage::Txn& txn, std::string_view bucket, std::string_view kind, std::string_view id = {});
/// Id and text of all settings of a kind, by id.
std::vector<std::pair<std::string, std::string>> settings(const storage::Reader& reader, std::string_view bucket,
                                                          std::string_view kind);

/// The same of an account as a whole.
std::optional<std::string> account_setting(const storage::Reader& reader, std::string_view account,
                                           std::string_view kind);
void put_account_setting(storage::Txn& txn, std::string_view account, std::string_view kind, std::string_view text);
void erase_account_setting(storage::Txn& txn, std::string_view account, std::string_view kind);

enum class Versioning { unversioned, enabled, suspended };
Versioning versioning_of(const storage::Reader& reader, std::string_view bucket);

bool is_valid_bucket_name(std::string_view name);
bool is_region(std::string_view name);

/// "arn:aws:s3:::bucket[/key]"
std::string bucket_arn(std::string_view bucket);
std::string object_arn(std::string_view bucket, std::string_view key);
/// The canonical user id of an account: 64 hex digits, always the same for the same account, which is its
/// end.
std::string canonical_id(std::string_view account);
/// "" if it is no account's id.
std::string account_of_canonical_id(std::string_view id);

}  // namespace millrace::s3
