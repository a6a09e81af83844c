#include "emulator/services/sts/operations.h"

namespace millrace::sts {

// The caller's policies and the role's trust policy are evaluated together, by the sessions' keeper: hence no
// access declared here.
Operation assume_role(State& state) {
  using protocol::any, protocol::integer, protocol::optional, protocol::required, protocol::string;
  static const protocol::Shape input = protocol::structure({
      required("RoleArn", string().length(20, 2048)),
      required("RoleSessionName", string().length(2, 64).pattern("[\\w+=,.@-]*")),
      optional("PolicyArns", any()),
      optional("Policy", string().length(1, 2048)),
      optional("DurationSeconds", integer().range(900, 43200)),
      optional("Tags", any()),
      optional("TransitiveTagKeys", any()),
      optional("ExternalId", string().length(2, 1224).pattern("[\\w+=,.@:\\/-]*")),
      optional("SerialNumber", string().length(9, 256).pattern("[\\w+=/:,.@-]*")),
      optional("TokenCode", string().length(6, 6).pattern("[\\d]*")),
      optional("SourceIdentity", string().length(2, 64).pattern("[\\w+=,.@-]*")),
  });
  Operation op;
  op.name = "AssumeRole";
  op.input = &input;
  op.handle = protocol::JsonHandler([&state](Call& call) -> Result<Json> {
    TRY(const auto caller, signed_caller(call));
    TRY(auto request, session_request(call));
    request.role_arn = text_of(call.input, "RoleArn");
    request.session_name = text_of(call.input, "RoleSessionName");
    TRY(const auto session, state.sessions->assume_role(caller, request));
    Json answer = Json::object();
    answer["AssumedRoleUser"] = {{"AssumedRoleId", session.principal_id}, {"Arn", session.principal_arn}};
    answer["Credentials"] = credentials_view(session.credentials);
    add_session_facts(answer, session);
    return answer;
  });
  return op;
}

}  // namespace millrace::sts
