#include "emulator/services/s3/errors.h"

#include "emulator/base/encoding.h"

namespace millrace::s3::errors {

AwsError no_such_bucket(std::string_view bucket) {
  return {no_such_bucket_kind, "The specified bucket does not exist", Json{{"BucketName", bucket}}};
}

AwsError no_such_key(std::string_view key) {
  return {no_such_key_kind, "The specified key does not exist.", Json{{"Key", key}}};
}

AwsError no_such_version(std::string_view key, std::string_view version_id) {
  return {no_such_version_kind, "The specified version does not exist.", Json{{"Key", key}, {"VersionId", version_id}}};
}

AwsError no_such_upload(std::string_view upload_id) {
  return {no_such_upload_kind,
          "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
          "aborted or "
          "completed.",
          Json{{"UploadId", upload_id}}};
}

AwsError malformed_xml() {
  return {malformed_xml_kind,
          "The XML you provided was not well-formed or did not validate against our published schema"};
}

AwsError payload_mismatch(std::string_view claimed, std::string_view actual) {
  return {payload_hash_mismatch, "The provided 'x-amz-content-sha256' header does not match what was computed.",
          Json{{"ClientComputedContentSHA256", claimed}, {"S3ComputedContentSHA256", actual}}};
}

AwsError access_denied_plainly() {
  return {access_denied, "Access Denied"};
}

AwsError invalid_argument(std::string_view message, std::string_view name, std::string_view value) {
  return {invalid_argument_kind, std::string(message), Json{{"ArgumentName", name}, {"ArgumentValue", value}}};
}

AwsError invalid_argument(std::string_view message, std::string_view name) {
  return {invalid_argument_kind, std::string(message), Json{{"ArgumentName", name}}};
}

AwsError missing_body() {
  return {missing_body_kind, "Request Body is empty"};
}

AwsError wrong_md5(std::string_view expected, std::string_view calculated) {
  return {bad_digest, "The Content-MD5 you specified did not match what we received.",
          Json{{"ExpectedDigest", to_hex(expected)}, {"CalculatedDigest", to_base64(calculated)}}};
}

AwsError wrong_token() {
  return invalid_argument("The continuation token provided is incorrect", "continuation-token");
}

AwsError invalid(std::string_view message) {
  return {invalid_request, std::string(message)};
}

AwsError precondition(std::string_view condition) {
  return {precondition_failed, "At least one of the pre-conditions you specified did not hold",
          Json{{"Condition", condition}}};
}

AwsError header_not_implemented(std::string_view header, std::string_view additional) {
  Json extra{{"Header", header}};
  if (!additional.empty()) extra["additionalMessage"] = additional;
  return {not_implemented, "A header you provided implies functionality that is not implemented", std::move(extra)};
}

AwsError with_header(AwsError error, const std::string& name, std::string_view value) {
  error.extra[kHeadersMember][name] = value;
  return error;
}

}  // namespace millrace::s3::errors
