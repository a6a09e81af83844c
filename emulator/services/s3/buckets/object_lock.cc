// GetObjectLockConfiguration, PutObjectLockConfiguration.

#include "emulator/services/s3/buckets/object_lock.h"

#include <ctime>

#include "emulator/services/s3/buckets/configuration.h"
#include "emulator/services/s3/buckets/operations.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

namespace {

constexpr Millis kDay = 86'400'000;
constexpr const char* kShape =
    "ObjectLockConfiguration{ObjectLockEnabled?=Enabled, "
    "Rule?{DefaultRetention?{Mode?=GOVERNANCE|COMPLIANCE, Days?:int,"
    "Years?:int}}}";

Result<void> check_object_lock(storage::Txn& txn, const protocol::Call&, const Bucket& bucket, pugi::xml_node root) {
  if (versioning_of(txn, bucket.name) != Versioning::enabled) {
    return AwsError(errors::invalid_bucket_state,
                    "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
  }
  if (!has_child(root, "ObjectLockEnabled")) return errors::malformed_xml();
  if (!has_child(root, "Rule")) return {};
  pugi::xml_node retention = root.child("Rule").child("DefaultRetention");
  if (!has_child(retention, "Mode") || has_child(retention, "Days") == has_child(retention, "Years"))
    return errors::malformed_xml();
  int64_t length = retention.child(has_child(retention, "Days") ? "Days" : "Years").text().as_llong();
  if (length < 1)
    return AwsError(errors::invalid_argument_kind, "Default retention period must be a positive integer value.");
  if (length > (has_child(retention, "Days") ? 36'500 : 100))
    return AwsError(errors::invalid_argument_kind, "Default retention period too large.");
  return {};
}

/// The day of the month of the `nth` Sunday of a month (0: January) of a year.
int sunday(int year, int month, int nth) {
  std::tm first{};
  first.tm_year = year - 1900, first.tm_mon = month, first.tm_mday = 1;
  const std::time_t t = timegm(&first);
  gmtime_r(&t, &first);
  return 1 + (7 - first.tm_wday) % 7 + 7 * (nth - 1);
}

/// Daylight saving time by the rule of 2007: second Sunday of March to first Sunday of November, 2 o'clock each.
/// unverified: for dates before 2007, which Java would show by the rules of then; nobody locks until one.
bool is_summer(const std::tm& standard) {
  const int year = standard.tm_year + 1900, hour_of_day = standard.tm_mday * 24 + standard.tm_hour;
  if (standard.tm_mon == 2) return hour_of_day >= sunday(year, 2, 2) * 24 + 2;
  if (standard.tm_mon == 10) return hour_of_day < sunday(year, 10, 1) * 24 + 1;  // 2 o'clock of summer time
  return standard.tm_mon > 2 && standard.tm_mon < 10;
}

const Configuration kObjectLock = {
    .kind = "object-lock",
    .operation = "ObjectLockConfiguration",
    .action = "BucketObjectLockConfiguration",
    .shape = kShape,
    .missing = &errors::object_lock_not_found,
    .missing_message = "Object Lock configuration does not exist for this bucket",
    .check = check_object_lock,
};

}  // namespace

bool has_object_lock(const storage::Reader& reader, const Bucket& bucket) {
  return setting(reader, bucket.name, "object-lock").has_value();
}

std::optional<DefaultRetention> default_retention(const storage::Reader& reader, const Bucket& bucket) {
  static const XmlShape shape = xml_shape(kShape);
  auto text = setting(reader, bucket.name, "object-lock");
  if (!text) return std::nullopt;
  auto document = parse_xml(*text, shape);
  if (document.has_error()) return std::nullopt;
  pugi::xml_node retention = (*document)->document_element().child("Rule").child("DefaultRetention");
  if (!retention) return std::nullopt;
  DefaultRetention out;
  out.mode = child_text(retention, "Mode");
  out.length_ms = has_child(retention, "Days") ? retention.child("Days").text().as_llong() * kDay
                                               : retention.child("Years").text().as_llong() * 365 * kDay;
  return out;
}

std::string java_date(Millis t) {
  std::time_t seconds = t / 1000 - 8 * 3600;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  const bool summer = is_summer(parts);
  if (summer) {
    seconds += 3600;
    gmtime_r(&seconds, &parts);
  }
  char text[40];
  std::strftime(text, sizeof text, summer ? "%a %b %d %H:%M:%S PDT %Y" : "%a %b %d %H:%M:%S PST %Y", &parts);
  return text;
}

void add_object_lock_configuration(Operations& operations, S3& s3) {
  add_configuration(operations, s3, kObjectLock);
}

}  // namespace millrace::s3
