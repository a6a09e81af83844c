#include "emulator/services/s3/control/control_service.h"

#include "emulator/base/encoding.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

constexpr std::string_view kPrefix = "/v20180820/";

Operations control_operations(S3& s3) {
  Operations operations;
  add_resource_tags(operations, s3);
  add_account_public_access_block(operations, s3);
  return operations;
}

}  // namespace

bool is_control_request(const protocol::HttpRequest& request) {
  // Without the account's header such a path is a bucket's.
  return request.target.starts_with(kPrefix) && request.headers.has("x-amz-account-id");
}

// unverified: AWS's words for another account
Result<void> check_account(const Call& call) {
  if (header(call, "x-amz-account-id") == call.caller.account) return {};
  return errors::access_denied_plainly();
}

ControlService::ControlService(std::shared_ptr<S3> s3) : S3Service(s3, control_operations(*s3)) {}

Result<void> ControlService::decode(Call& call) {
  std::string rest;
  const std::string_view path = call.http.raw_path().substr(kPrefix.size());
  const std::string_view name = control_operation(call.http.method, path, rest);
  call.path_parameters = {{"Rest", rest}};
  if (name.empty())
    return AwsError(errors::method_not_allowed, "The specified method is not allowed against this resource.");
  call.operation = operations_.find(name);
  if (!call.operation)
    return AwsError(errors::not_implemented,
                    "The operation " + std::string(name) + " of S3 Control is not implemented.");
  return {};
}

HttpReply ControlService::render_error(const Call& call, const AwsError& error) const {
  XmlWriter xml;
  xml.open("ErrorResponse").open("Error").text("Code", error.kind->code).text("Message", error.message);
  for (const auto& [name, value] : error.extra.items()) {
    if (name != errors::kHeadersMember) xml.text(name, value.is_string() ? value.get<std::string>() : to_text(value));
  }
  xml.close("Error").text("RequestId", short_request_id(call.request_id)).text("HostId", host_id(call.request_id));
  return xml_reply(xml.close("ErrorResponse").take(), error.kind->http_status);
}

}  // namespace millrace::s3
