#include "emulator/services/s3/wire/s3_service.h"

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/protocol/internal_failure.h"
#include "emulator/protocol/sigv4.h"
#include "emulator/services/s3/buckets/bucket.h"
#include "emulator/services/s3/buckets/cors.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/wire/presigned.h"
#include "emulator/services/s3/wire/request.h"
#include "emulator/services/s3/wire/routing.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

std::string short_request_id(const std::string& request_id) {
  std::string out;
  for (char c : request_id) {
    if (c != '-' && out.size() < 16) out.push_back(static_cast<char>(toupper(static_cast<unsigned char>(c))));
  }
  return out;
}

std::string host_id(const std::string& request_id) {
  return to_base64(sha256("host " + request_id));
}

namespace {

/// "50 55 54": how S3 shows what it signed.
std::string spaced_bytes(std::string_view text) {
  const std::string hex = to_hex(text);
  std::string out;
  for (size_t i = 0; i < hex.size(); i += 2) out.append(i ? " " : "").append(hex, i, 2);
  return out;
}

/// A collected body that isn't the one that was signed is told apart from a wrong signature.
bool body_is_another(const Call& call, std::string_view claimed) {
  return !call.http.stream && claimed.size() == 64 && !equals_ignore_case(claimed, to_hex(sha256(call.http.body)));
}

/// What the signature should have been made of, for the one who looks for his mistake.
AwsError explained_signature(const Call& call) {
  const std::string_view claimed = header(call, "x-amz-content-sha256");
  protocol::Credential credential;
  const auto state = protocol::read_credential(call.http, call.query, credential);
  if (!credential.presigned && body_is_another(call, claimed))
    return errors::payload_mismatch(claimed, to_hex(sha256(call.http.body)));
  if (state == protocol::CredentialState::present && credential.version_2) {
    auto host_bucket = call.path_parameters.find("HostBucket");
    const std::string to_sign = protocol::string_to_sign_v2(
        call.http, call.query, host_bucket == call.path_parameters.end() ? "" : host_bucket->second);
    return wrong_signature(call.caller.access_key_id, to_sign, credential.signature);
  }
  Json extra{{"AWSAccessKeyId", call.caller.access_key_id}};
  if (state == protocol::CredentialState::present) {
    const std::string payload = credential.presigned ? "UNSIGNED-PAYLOAD"
                                : !claimed.empty()   ? std::string(claimed)
                                                     : to_hex(sha256(call.http.body));
    const std::string canonical = protocol::canonical_request(call.http, credential, payload);
    const std::string to_sign = protocol::string_to_sign(credential, canonical);
    extra["StringToSign"] = to_sign;
    extra["SignatureProvided"] = credential.signature;
    extra["StringToSignBytes"] = spaced_bytes(to_sign);
    extra["CanonicalRequest"] = canonical;
    extra["CanonicalRequestBytes"] = spaced_bytes(canonical);
  }
  return {errors::signature_does_not_match, errors::kWrongSignature, std::move(extra)};
}

}  // namespace

AwsError wrong_signature(std::string_view access_key_id, std::string_view to_sign, std::string_view signature) {
  return {errors::signature_does_not_match, errors::kWrongSignature,
          Json{{"AWSAccessKeyId", access_key_id},
               {"StringToSign", to_sign},
               {"SignatureProvided", signature},
               {"StringToSignBytes", spaced_bytes(to_sign)}}};
}

S3Service::S3Service(std::shared_ptr<S3> s3, std::vector<protocol::Operation> operations)
    : s3_(std::move(s3)), operations_(std::move(operations)) {}

Result<void> S3Service::decode(Call& call) {
  Address address = address_of(call.http.headers.get("host"), call.http.raw_path(), s3_->names);
  call.path_parameters = {{"Bucket", address.bucket}, {"Key", address.key}};
  if (address.virtual_host) call.path_parameters["HostBucket"] = address.bucket;
  Result<void> presigned = check_presigned(call, s3_->clock.now_ms());
  take_query_as_headers(call);
  std::string_view name = operation_name(call.http, address, call.query);
  if (name.empty()) {
    return AwsError(errors::method_not_allowed, "The specified method is not allowed against this resource.",
                    Json{{"Method", call.http.method}, {"ResourceType", address.key.empty() ? "BUCKET" : "OBJECT"}});
  }
  const protocol::Operation* operation = operations_.find(name);
  if (!operation) {
    return AwsError(errors::not_implemented, "The operation " + std::string(name) + " is not implemented.");
  }
  call.operation = operation;
  TRY_VOID(std::move(presigned));
  return check_object_key(address.key);
}

bool S3Service::streams_body(const protocol::HttpRequest& head) const {
  if (head.method != "PUT" && head.method != "POST") return false;
  Address address = address_of(head.headers.get("host"), head.raw_path(), s3_->names);
  return reads_stream(operation_name(head, address, protocol::parse_query(head.raw_query())));
}

AwsError S3Service::invalid_input(const protocol::InputError& error) const {
  return errors::invalid(error.message);
}

AwsError S3Service::access_denied(const protocol::Denial& denial) const {
  // Callers from outside the bucket's account learn nothing.
  auto principal = Arn::parse(denial.principal_arn);
  if (!principal || denial.reason.empty()) return errors::access_denied_plainly();
  if (auto resource = Arn::parse(denial.resource)) {
    auto bucket = find_bucket(s3_->store, std::string_view(resource->resource).substr(0, resource->resource.find('/')));
    if (bucket && bucket->account != principal->account) return errors::access_denied_plainly();
  }
  return {errors::access_denied, "User: " + denial.principal_arn + " is not authorized to perform: " + denial.action +
                                     " on resource: \"" + denial.resource + "\" " + denial.reason};
}

AwsError S3Service::body_too_large(const Call&) const {
  return {errors::max_message_length, "Your request was too big.", Json{{"MaxMessageLengthBytes", kDocumentBytesMax}}};
}

AwsError S3Service::sign_in_failed(protocol::SignInError error, const Call& call) const {
  switch (error) {
    case protocol::SignInError::wrong_signature: return explained_signature(call);
    case protocol::SignInError::invalid_token:
      return {errors::invalid_access_key, "The AWS Access Key Id you provided does not exist in our records.",
              Json{{"AWSAccessKeyId", call.caller.access_key_id}}};
    case protocol::SignInError::expired_token: return {errors::expired_token, "The provided token has expired."};
    case protocol::SignInError::expired_request: return {errors::access_denied, "Request has expired"};
    case protocol::SignInError::incomplete_signature: {
      auto credential = parameter(call, "X-Amz-Credential");
      if (!credential) return {errors::malformed_authorization, "The authorization header is malformed."};
      auto presigned = check_presigned(call, s3_->clock.now_ms());
      if (presigned.has_error()) return presigned.error();
      return {errors::authorization_query_parameters,
              "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
              "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."};
    }
    case protocol::SignInError::missing_token: return errors::access_denied_plainly();
  }
  return errors::access_denied_plainly();
}

namespace {
constexpr ErrorKind kTooSkewed{"RequestTimeTooSkewed", 403};
}

AwsError S3Service::signature_refused(const protocol::SigningProblem& problem, const Call& call) const {
  using protocol::SignatureFault;
  protocol::Credential credential;
  protocol::read_credential(call.http, call.query, credential);
  switch (problem.fault) {
    case SignatureFault::two_mechanisms:
      return errors::invalid_argument(
          "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter "
          "or the Authorization header should be specified",
          "Authorization", call.http.headers.get("authorization"));
    case SignatureFault::wrong_service:
      return {errors::malformed_authorization, "The authorization header is malformed; incorrect service \"" +
                                                   credential.service + "\". This endpoint belongs to \"s3\"."};
    case SignatureFault::wrong_date:
      return {errors::malformed_authorization, "The authorization header is malformed; Invalid credential date \"" +
                                                   credential.date + "\". This date is not the same as X-Amz-Date: \"" +
                                                   credential.timestamp.substr(0, 8) + "\"."};
    case SignatureFault::not_yet_current:
      // unverified: from which lead on.
      if (credential.presigned) return {errors::access_denied, "Request is not valid yet"};
      [[fallthrough]];
    case SignatureFault::expired:
      return {kTooSkewed, "The difference between the request time and the current time is too large.",
              Json{{"RequestTime", credential.timestamp},
                   {"ServerTime", iso_seconds(s3_->clock.now_ms())},
                   {"MaxAllowedSkewMilliseconds", 900'000}}};
  }
  return {errors::signature_does_not_match, problem.words};
}

HttpReply S3Service::render(const Call&, const Json&) const {
  return {};
}

HttpReply S3Service::render_error(const Call& call, const AwsError& error) const {
  if (error.is(kStoreFault)) {
    static const ErrorKind own{"InternalError", 500};
    return render_error(call, AwsError(own, "We encountered an internal error. Please try again."));
  }
  HttpReply reply;
  reply.status = error.kind->http_status;
  if (const Json* headers = find(error.extra, errors::kHeadersMember)) {
    for (const auto& [name, value] : headers->items()) reply.headers.set(name, value.get<std::string>());
  }
  if (error.is(errors::not_modified)) return reply;
  reply.headers.set("Content-Type", "application/xml");
  if (call.http.method == "HEAD") return reply;
  XmlWriter xml;
  xml.open("Error").text("Code", error.kind->code).text("Message", error.message);
  for (const auto& [name, value] : error.extra.items()) {
    if (name != errors::kHeadersMember) xml.text(name, value.is_string() ? value.get<std::string>() : to_text(value));
  }
  xml.text("RequestId", short_request_id(call.request_id)).text("HostId", host_id(call.request_id)).close("Error");
  reply.body = xml.take();
  return reply;
}

/// A preflight request is answered by the bucket's rules, whoever asks; others need a rule for their origin. Without
/// one a plain read is answered all the same, as a link is, but with no header that lets the page see it. What a page
/// signs in a header isn't plain: browsers ask the rules first.
bool S3Service::admits_origin(const protocol::HttpRequest& head) const {
  if (head.method == "OPTIONS" || (admits_link(head) && !head.headers.has("authorization"))) return true;
  Address address = address_of(head.headers.get("host"), head.raw_path(), s3_->names);
  const std::string_view origin = head.headers.get("origin");
  const auto admits = [&](std::string_view name, std::string_view method) {
    auto bucket = find_bucket(s3_->store, name);
    return bucket && find_rule(cors_rules(s3_->store, *bucket), origin, method, "") != nullptr;
  };
  if (!admits(address.bucket, head.method)) return false;
  // The rules are for that bucket alone: a copy reads another.
  std::string source = copy_source_path(head.headers.get("x-amz-copy-source"), s3_->names);
  for (const auto& [name, value] : protocol::parse_query(head.raw_query())) {
    if (source.empty() && equals_ignore_case(name, "x-amz-copy-source")) source = copy_source_path(value, s3_->names);
  }
  source.resize(std::min(source.size(), source.find('/')));
  return source.empty() || source == address.bucket || admits(source, "GET");
}

/// Objects and website pages, which are meant to be linked to.
bool S3Service::admits_link(const protocol::HttpRequest& head) const {
  Address address = address_of(head.headers.get("host"), head.raw_path(), s3_->names);
  std::string_view operation = operation_name(head, address, protocol::parse_query(head.raw_query()));
  return operation == "GetObject" || operation == "HeadObject" || operation == "GetWebsite";
}

void S3Service::finish(const Call& call, HttpReply& reply) const {
  std::string_view origin = call.http.headers.get("origin");
  if (!origin.empty() && call.http.method != "OPTIONS") {
    if (auto bucket = find_bucket(s3_->store, bucket_of(call))) {
      auto rules = cors_rules(s3_->store, *bucket);
      // S3 goes by the method that the request says it is about, if it says one.
      std::string_view method = call.http.headers.get("access-control-request-method");
      if (const CorsRule* rule = find_rule(rules, origin, method.empty() ? call.http.method : method, ""))
        add_cors_headers(*rule, origin, "", reply.headers);
    }
  }
  reply.headers.set("x-amz-request-id", short_request_id(call.request_id));
  reply.headers.set("x-amz-id-2", host_id(call.request_id));
  reply.headers.set("Server", "AmazonS3");
}

}  // namespace millrace::s3
