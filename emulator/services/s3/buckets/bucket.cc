#include "emulator/services/s3/buckets/bucket.h"

#include <array>

#include "emulator/base/encoding.h"
#include "emulator/services/s3/errors.h"
#include "emulator/storage/document_form.h"

namespace millrace::s3 {

using storage::document_key;
using storage::Family;

namespace {

bool is_ip_address(std::string_view name) {
  int numbers = 0;
  while (!name.empty()) {
    std::string_view number = name.substr(0, name.find('.'));
    if (number.empty() || number.size() > 3 || number.find_first_not_of("0123456789") != std::string_view::npos)
      return false;
    ++numbers;
    name.remove_prefix(std::min(name.size(), number.size() + 1));
  }
  return numbers == 4;
}

constexpr std::array kRegions = {
    "us-east-1",      "us-east-2",      "us-west-1",      "us-west-2",      "af-south-1",     "ap-east-1",
    "ap-east-2",      "ap-south-1",     "ap-south-2",     "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
    "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ap-northeast-1", "ap-northeast-2",
    "ap-northeast-3", "ca-central-1",   "ca-west-1",      "eu-central-1",   "eu-central-2",   "eu-west-1",
    "eu-west-2",      "eu-west-3",      "eu-north-1",     "eu-south-1",     "eu-south-2",     "il-central-1",
    "me-central-1",   "me-south-1",     "mx-central-1",   "sa-east-1",      "us-gov-east-1",  "us-gov-west-1",
    "cn-north-1",     "cn-northwest-1"};

}  // namespace

std::string bucket_key(std::string_view name) {
  return document_key({"s3", "bucket", name});
}

std::optional<Bucket> find_bucket(const storage::Reader& reader, std::string_view name) {
  return storage::get_model<Bucket>(reader, bucket_key(name));
}

Result<Bucket> require_bucket(const storage::Reader& reader, std::string_view name) {
  auto bucket = find_bucket(reader, name);
  if (!bucket) return errors::no_such_bucket(name);
  return std::move(*bucket);
}

void put_bucket(storage::Txn& txn, const Bucket& bucket) {
  storage::put_model(txn, bucket_key(bucket.name), bucket);
}

void erase_bucket(storage::Txn& txn, const Bucket& bucket) {
  txn.erase(Family::meta, bucket_key(bucket.name));
  std::vector<std::string> found;
  std::string prefix = document_key({"s3", "setting", bucket.name});
  txn.scan(Family::meta, prefix, storage::prefix_end(prefix), [&](std::string_view key, std::string_view) {
    found.emplace_back(key);
    return true;
  });
  for (const std::string& key : found) txn.erase(Family::meta, key);
}

void each_bucket(const storage::Reader& reader, const std::function<bool(const Bucket&)>& visit) {
  storage::each_document(reader, document_key({"s3", "bucket"}), "", [&](std::string_view key, const Json& document) {
    if (const auto bucket = storage::from_document<Bucket>(document)) return visit(*bucket);
    storage::report_unreadable(key);
    return true;
  });
}

std::vector<Bucket> buckets_of(const storage::Reader& reader, const std::string& account) {
  std::vector<Bucket> out;
  each_bucket(reader, [&](const Bucket& bucket) {
    if (bucket.account == account) out.push_back(bucket);
    return true;
  });
  return out;
}

std::optional<std::string> setting(const storage::Reader& reader, std::string_view bucket, std::string_view kind,
                                   std::string_view id) {
  return reader.get(Family::meta, document_key({"s3", "setting", bucket, kind, id}));
}

void put_setting(storage::Txn& txn, std::string_view bucket, std::string_view kind, std::string_view text,
                 std::string_view id) {
  txn.put(Family::meta, document_key({"s3", "setting", bucket, kind, id}), text);
}

void erase_setting(storage::Txn& txn, std::string_view bucket, std::string_view kind, std::string_view id) {
  txn.erase(Family::meta, document_key({"s3", "setting", bucket, kind, id}));
}

std::vector<std::pair<std::string, std::string>> settings(const storage::Reader& reader, std::string_view bucket,
                                                          std::string_view kind) {
  std::vector<std::pair<std::string, std::string>> out;
  std::string prefix = document_key({"s3", "setting", bucket, kind});
  reader.scan(Family::meta, prefix, storage::prefix_end(prefix), [&](std::string_view key, std::string_view text) {
    std::string_view rest = key.substr(prefix.size());
    out.emplace_back(storage::take_part(rest).value_or(""), text);
    return true;
  });
  return out;
}

std::optional<std::string> account_setting(const storage::Reader& reader, std::string_view account,
                                           std::string_view kind) {
  return reader.get(Family::meta, document_key({"s3", "account-setting", account, kind}));
}

void put_account_setting(storage::Txn& txn, std::string_view account, std::string_view kind, std::string_view text) {
  txn.put(Family::meta, document_key({"s3", "account-setting", account, kind}), text);
}

void erase_account_setting(storage::Txn& txn, std::string_view account, std::string_view kind) {
  txn.erase(Family::meta, document_key({"s3", "account-setting", account, kind}));
}

Versioning versioning_of(const storage::Reader& reader, std::string_view bucket) {
  auto text = setting(reader, bucket, "versioning");
  if (!text) return Versioning::unversioned;
  return text->find("<Status>Enabled</Status>") != std::string::npos ? Versioning::enabled : Versioning::suspended;
}

bool is_valid_bucket_name(std::string_view name) {
  auto is_alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.size() < 3 || name.size() > 63) return false;
  if (!is_alphanumeric(name.front()) || !is_alphanumeric(name.back())) return false;
  for (char c : name) {
    if (!is_alphanumeric(c) && c != '.' && c != '-') return false;
  }
  if (name.find("..") != std::string_view::npos || is_ip_address(name)) return false;
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  for (const char* prefix : {"xn--", "sthree-", "amzn-s3-demo-"}) {
    if (name.starts_with(prefix)) return false;
  }
  for (const char* suffix : {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}) {
    if (name.ends_with(suffix)) return false;
  }
  return true;
}

bool is_region(std::string_view name) {
  for (const char* region : kRegions) {
    if (name == region) return true;
  }
  return false;
}

std::string bucket_arn(std::string_view bucket) {
  return "arn:aws:s3:::" + std::string(bucket);
}

std::string object_arn(std::string_view bucket, std::string_view key) {
  return bucket_arn(bucket) + "/" + std::string(key);
}

std::string canonical_id(std::string_view account) {
  return to_hex(sha256("canonical user of " + std::string(account))).substr(0, 64 - account.size()) +
         std::string(account);
}

std::string account_of_canonical_id(std::string_view id) {
  std::string account(id.size() == 64 ? id.substr(52) : std::string_view());
  return canonical_id(account) == id ? account : "";
}

}  // namespace millrace::s3
