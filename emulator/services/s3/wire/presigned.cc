#include "emulator/services/s3/wire/presigned.h"

#include <charconv>

#include "emulator/base/encoding.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/wire/metadata_text.h"

namespace millrace::s3 {

namespace {

constexpr int64_t kExpiresMax = 604'800;  // a week

AwsError bad_query(std::string message) {
  return {errors::authorization_query_parameters, std::move(message)};
}

/// 20240131T090507Z as milliseconds, or -1.
Millis time_of(const std::string& stamp) {
  if (stamp.size() != 16) return -1;
  return parse_iso(stamp.substr(0, 4) + "-" + stamp.substr(4, 2) + "-" + stamp.substr(6, 5) + ":" +
                   stamp.substr(11, 2) + ":" + stamp.substr(13, 3));
}

bool has_value(const protocol::Call& call, const char* name) {
  auto value = protocol::query_value(call.query, name);
  return value && !value->empty();
}

AwsError expired(Millis end, Millis now, std::string expires_s) {
  Json extra;
  if (!expires_s.empty()) extra["X-Amz-Expires"] = expires_s;
  extra["Expires"] = iso_seconds(end);
  extra["ServerTime"] = iso_seconds(now);
  return {errors::access_denied, "Request has expired", std::move(extra)};
}

/// Version 2's form, which old SDKs still make by default: AWSAccessKeyId, Signature, Expires in epoch
/// seconds.
Result<void> check_version_2(const protocol::Call& call, Millis now) {
  if (!has_value(call, "Signature") || !has_value(call, "Expires") || !has_value(call, "AWSAccessKeyId")) {
    return AwsError(errors::access_denied,
                    "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters");
  }
  std::string text = *protocol::query_value(call.query, "Expires");
  int64_t seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds > 100'000'000'000)
    return AwsError(errors::access_denied, "Invalid date (should be seconds since epoch): " + text);
  if (now > seconds * 1000) return expired(seconds * 1000, now, "");
  return {};
}

/// What a query says of its own signature isn't a header.
bool stands_for_header(const std::string& lower) {
  for (const char* own : {"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders",
                          "x-amz-signature", "x-amz-security-token"}) {
    if (lower == own) return false;
  }
  // SDKs put the checksum of an empty body into the URL before they know the body.
  // unverified: AWS takes such a URL for any body; that it ignores the query's checksum is the reason that fits.
  if (lower.starts_with("x-amz-checksum-") || lower == "x-amz-sdk-checksum-algorithm") return false;
  return lower.starts_with("x-amz-") || lower == "if-match" || lower == "if-none-match" ||
         lower == "if-modified-since" || lower == "if-unmodified-since";
}

/// x-amz-* headers must be among those that were signed.
Result<void> check_headers_signed(const protocol::Call& call) {
  std::string listed = ";" + to_lower(*protocol::query_value(call.query, "X-Amz-SignedHeaders")) + ";";
  std::string missing;
  for (const auto& [name, value] : call.http.headers) {
    std::string lower = to_lower(name);
    if (!lower.starts_with("x-amz-") || lower == "x-amz-content-sha256") continue;
    if (listed.find(";" + lower + ";") != std::string::npos) continue;
    missing += (missing.empty() ? "" : ", ") + lower;
  }
  if (missing.empty()) return {};
  return AwsError(errors::access_denied, "There were headers present in the request which were not signed",
                  Json{{"HeadersNotSigned", missing}});
}

}  // namespace

Result<void> check_presigned(const protocol::Call& call, Millis now) {
  if (call.http.headers.has("authorization")) return {};  // the sign-in refuses two mechanisms at once
  bool version_4 = false, version_2 = false;
  for (const auto& [name, value] : call.query) {
    if (name.starts_with("X-Amz-") && name != "X-Amz-Security-Token" && !stands_for_header(to_lower(name)))
      version_4 = true;
    if (name == "AWSAccessKeyId" || name == "Signature") version_2 = true;
  }
  if (version_2 && !version_4) return check_version_2(call, now);
  if (!version_4) return {};
  for (const char* name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date",
                           "X-Amz-SignedHeaders", "X-Amz-Expires"}) {
    if (has_value(call, name)) continue;
    return bad_query(
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
        "X-Amz-Signature, "
        "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
  }
  if (*protocol::query_value(call.query, "X-Amz-Algorithm") != "AWS4-HMAC-SHA256")
    return bad_query("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"");
  Millis signed_at = time_of(*protocol::query_value(call.query, "X-Amz-Date"));
  if (signed_at < 0) return bad_query("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  std::string text = *protocol::query_value(call.query, "X-Amz-Expires");
  int64_t seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return bad_query("X-Amz-Expires should be a number");
  if (seconds < 0) return bad_query("X-Amz-Expires must be non-negative");
  if (seconds > kExpiresMax)
    return bad_query(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less "
        "than 604800 seconds");
  if (now > signed_at + seconds * 1000) return expired(signed_at + seconds * 1000, now, text);
  return check_headers_signed(call);
}

void take_query_as_headers(protocol::Call& call) {
  if (call.http.headers.has("authorization")) return;
  if (!has_value(call, "X-Amz-Signature") && !has_value(call, "Signature")) return;
  for (const auto& [name, value] : call.query) {
    // unverified: that a header beside the parameter wins.
    if (!stands_for_header(to_lower(name)) || call.http.headers.has(name)) continue;
    const std::string lower = to_lower(name);
    call.http.headers.add(lower, lower.starts_with("x-amz-meta-") ? metadata_to_header(value) : value);
  }
}

}  // namespace millrace::s3
