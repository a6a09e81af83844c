#pragma once
// S3 Control: the account's side of S3. Operations by method and path under /v20180820/, the account in
// x-amz-account-id, errors wrapped in <ErrorResponse>.

#include <string_view>

#include "emulator/services/s3/wire/request.h"
#include "emulator/services/s3/wire/s3_service.h"

namespace millrace::s3 {

inline constexpr const char* kControlNamespace = "http://awss3control.amazonaws.com/doc/2018-08-20/";

class ControlService final : public S3Service {
 public:
  explicit ControlService(std::shared_ptr<S3> s3);

  Result<void> decode(protocol::Call& call) override;
  protocol::HttpReply render_error(const protocol::Call& call, const AwsError& error) const override;
  bool streams_body(const protocol::HttpRequest&) const override { return false; }
  bool admits_origin(const protocol::HttpRequest&) const override { return false; }
  bool admits_link(const protocol::HttpRequest&) const override { return false; }
};

/// Of a path behind /v20180820/, still encoded; "" if S3 Control has none of that form. `rest` becomes what a name at the
/// path's end stands for, decoded.
std::string_view control_operation(std::string_view method, std::string_view path, std::string& rest);

/// Error: AccessDenied if x-amz-account-id isn't the caller's account.
Result<void> check_account(const protocol::Call& call);

void add_resource_tags(Operations& operations, S3& s3);                // resource_tags.cc
void add_account_public_access_block(Operations& operations, S3& s3);  // account_public_access_block.cc

}  // namespace millrace::s3
