#include "emulator/services/s3/s3_service.h"

#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

S3Service::S3Service(std::vector<protocol::Operation> operations) : operations_(std::move(operations)) {}

Result<void> S3Service::decode(Call& call) {
  return AwsError(errors::not_implemented, "The operation " + call.http.method + " " + call.http.target + " is not implemented.");
}

AwsError S3Service::invalid_input(const protocol::InputError& error) const { return {errors::invalid_request, error.message}; }

AwsError S3Service::access_denied(const protocol::Denial&) const { return {errors::access_denied, "Access Denied"}; }

AwsError S3Service::sign_in_failed(protocol::SignInError error, const Call&) const {
  switch (error) {
    case protocol::SignInError::wrong_signature:
      return {errors::signature_does_not_match,
              "The request signature we calculated does not match the signature you provided. Check your key and signing method."};
    case protocol::SignInError::invalid_token:
      return {errors::invalid_access_key, "The AWS Access Key Id you provided does not exist in our records."};
    case protocol::SignInError::expired_token: return {errors::expired_token, "The provided token has expired."};
    case protocol::SignInError::expired_request: return {errors::access_denied, "Request has expired"};
    case protocol::SignInError::incomplete_signature:
      return {errors::malformed_authorization, "The authorization header is malformed."};
    case protocol::SignInError::missing_token: return {errors::access_denied, "Access Denied"};
  }
  return {errors::access_denied, "Access Denied"};
}

HttpReply S3Service::render(const Call&, const Json&) const { return {}; }

HttpReply S3Service::render_error(const Call& call, const AwsError& error) const {
  HttpReply reply;
  reply.status = error.kind->http_status;
  reply.headers.set("Content-Type", "application/xml");
  reply.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>";
  protocol::append_xml(reply.body, "Code", error.kind->code);
  protocol::append_xml(reply.body, "Message", error.message);
  for (const auto& [name, value] : error.extra.items()) protocol::append_xml(reply.body, name, value);
  protocol::append_xml(reply.body, "RequestId", call.request_id);
  reply.body += "</Error>";
  return reply;
}

void S3Service::finish(const Call& call, HttpReply& reply) const {
  reply.headers.set("x-amz-request-id", call.request_id);
  reply.headers.set("Server", "AmazonS3");
}

}  // namespace millrace::s3
