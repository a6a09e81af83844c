// GetSessionToken and GetFederationToken: temporary credentials of a user itself.

#include "emulator/base/arn.h"
#include "emulator/services/sts/operations.h"

namespace millrace::sts {

Operation get_session_token(State& state) {
  using protocol::integer, protocol::optional, protocol::string;
  static const protocol::Shape input = protocol::structure({
      optional("DurationSeconds", integer().range(900, 129600)),
      optional("SerialNumber", string().length(9, 256).pattern("[\\w+=/:,.@-]*")),
      optional("TokenCode", string().length(6, 6).pattern("[\\d]*")),
  });
  Operation op;
  op.name = "GetSessionToken";
  op.input = &input;
  op.handle = protocol::JsonHandler([&state](Call& call) -> Result<Json> {
    TRY(const auto caller, signed_caller(call));
    TRY(const auto request, session_request(call));
    TRY(const auto session, state.sessions->session_token(caller, request));
    return Json{{"Credentials", credentials_view(session.credentials)}};
  });
  return op;
}

Operation get_federation_token(State& state) {
  using protocol::any, protocol::integer, protocol::optional, protocol::required, protocol::string;
  static const protocol::Shape input = protocol::structure({
      required("Name", string().length(2, 32).pattern("[\\w+=,.@-]*")),
      optional("Policy", string().length(1, 2048)),
      optional("PolicyArns", any()),
      optional("DurationSeconds", integer().range(900, 129600)),
      optional("Tags", any()),
  });
  Operation op;
  op.name = "GetFederationToken";
  op.input = &input;
  op.access = [](const Call& call) -> Result<protocol::AccessNeeds> {
    protocol::AccessNeed need;
    need.action = "sts:GetFederationToken";
    need.resource = make_arn("sts", "", call.caller.account, "federated-user/" + text_of(call.input, "Name"));
    return protocol::AccessNeeds{std::move(need)};
  };
  op.handle = protocol::JsonHandler([&state](Call& call) -> Result<Json> {
    TRY(const auto caller, signed_caller(call));
    TRY(auto request, session_request(call));
    request.session_name = text_of(call.input, "Name");
    TRY(const auto session, state.sessions->federation_token(caller, request));
    Json answer = Json::object();
    answer["Credentials"] = credentials_view(session.credentials);
    answer["FederatedUser"] = {{"FederatedUserId", session.principal_id}, {"Arn", session.principal_arn}};
    answer["PackedPolicySize"] = std::max(0, session.packed_policy_percent);
    return answer;
  });
  return op;
}

}  // namespace millrace::sts
