#pragma once
// S3's own protocol: which operation a request means, presigned queries, XML errors without a namespace,
// request ids.

#include <string>
#include <vector>

#include "emulator/protocol/service.h"
#include "emulator/protocol/signing_rules.h"
#include "emulator/services/s3/s3.h"

namespace millrace::s3 {

/// S3's request ids are 16 characters: x-amz-request-id. The other, x-amz-id-2, is made of the same.
std::string short_request_id(const std::string& request_id);
std::string host_id(const std::string& request_id);

class S3Service : public protocol::Service, public protocol::SigningWords {
 public:
  S3Service(std::shared_ptr<S3> s3, std::vector<protocol::Operation> operations);

  Result<void> decode(protocol::Call& call) override;
  AwsError invalid_input(const protocol::InputError& error) const override;
  AwsError access_denied(const protocol::Denial& denial) const override;
  AwsError signature_refused(const protocol::SigningProblem& problem, const protocol::Call& call) const override;
  AwsError sign_in_failed(protocol::SignInError error, const protocol::Call& call) const override;
  protocol::HttpReply render(const protocol::Call& call, const Json& output) const override;
  protocol::HttpReply render_error(const protocol::Call& call, const AwsError& error) const override;
  void finish(const protocol::Call& call, protocol::HttpReply& reply) const override;
  bool streams_body(const protocol::HttpRequest& head) const override;
  bool admits_origin(const protocol::HttpRequest& head) const override;
  bool admits_link(const protocol::HttpRequest& head) const override;
  uint64_t body_bytes_max() const override { return kDocumentBytesMax; }
  AwsError body_too_large(const protocol::Call& call) const override;

 protected:
  // A CompleteMultipartUpload of 10,000 parts with checksums is the largest document, of about 3 MB.
  static constexpr uint64_t kDocumentBytesMax = 8u << 20;

  std::shared_ptr<S3> s3_;
  protocol::OperationTable operations_;
};

}  // namespace millrace::s3
