#pragma once
// S3's own protocol: which operation a request means, XML errors without a namespace, request ids.

#include <string>
#include <vector>

#include "emulator/protocol/service.h"

namespace millrace::s3 {

class S3Service final : public protocol::Service {
 public:
  explicit S3Service(std::vector<protocol::Operation> operations);

  Result<void> decode(protocol::Call& call) override;
  AwsError invalid_input(const protocol::InputError& error) const override;
  AwsError access_denied(const protocol::Denial& denial) const override;
  AwsError sign_in_failed(protocol::SignInError error, const protocol::Call& call) const override;
  protocol::HttpReply render(const protocol::Call& call, const Json& output) const override;
  protocol::HttpReply render_error(const protocol::Call& call, const AwsError& error) const override;
  void finish(const protocol::Call& call, protocol::HttpReply& reply) const override;

 private:
  protocol::OperationTable operations_;
};

}  // namespace millrace::s3
