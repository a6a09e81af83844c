// GetAccessKeyInfo and DecodeAuthorizationMessage.

#include "emulator/services/sts/operations.h"

namespace millrace::sts {

Operation get_access_key_info(State& state) {
  using protocol::required, protocol::string;
  static const protocol::Shape input =
      protocol::structure({required("AccessKeyId", string().length(16, 128).pattern("[\\w]*"))});
  Operation op;
  op.name = "GetAccessKeyInfo";
  op.input = &input;
  op.access = [](const Call&) -> Result<protocol::AccessNeeds> {
    protocol::AccessNeed need;
    need.action = "sts:GetAccessKeyInfo";
    need.resource = "*";
    return protocol::AccessNeeds{std::move(need)};
  };
  op.handle = protocol::JsonHandler([&state](Call& call) -> Result<Json> {
    // A key that wasn't issued here is its account's root here, and that is the caller's account by default.
    const auto account = state.sessions->account_of_key(text_of(call.input, "AccessKeyId"));
    return Json{{"Account", account.value_or(call.caller.account)}};
  });
  return op;
}

Operation decode_authorization_message(State& state) {
  using protocol::required, protocol::string;
  static const protocol::Shape input = protocol::structure({required("EncodedMessage", string().length(1, 10240))});
  Operation op;
  op.name = "DecodeAuthorizationMessage";
  op.input = &input;
  op.access = [](const Call&) -> Result<protocol::AccessNeeds> {
    protocol::AccessNeed need;
    need.action = "sts:DecodeAuthorizationMessage";
    need.resource = "*";
    return protocol::AccessNeeds{std::move(need)};
  };
  op.handle = protocol::JsonHandler([&state](Call& call) -> Result<Json> {
    const auto decoded = state.sessions->decode_authorization_message(text_of(call.input, "EncodedMessage"));
    if (!decoded) return AwsError(errors::invalid_authorization_message, "Message is not valid");
    return Json{{"DecodedMessage", *decoded}};
  });
  return op;
}

}  // namespace millrace::sts
