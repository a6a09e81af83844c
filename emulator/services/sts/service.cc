#include "emulator/services/sts/service.h"

#include "emulator/services/sts/operations.h"

namespace millrace::sts {
namespace {

/// A client that accepts JSON gets it: what XML would hold, under the same names. `Accept: application/json` is how
/// aws-iam-authenticator and Vault ask who signed a request.
bool wants_json(const Call& call) {
  return call.http.headers.get("accept").find("application/json") != std::string_view::npos;
}

/// Times are texts in XML and seconds in JSON.
Json with_times_as_numbers(Json output) {
  if (!output.is_object()) return output;
  for (auto& [member, value] : output.items()) {
    if (member == "Expiration" && value.is_string())
      value = static_cast<double>(parse_iso(value.get<std::string>())) / 1000.0;
    else
      value = with_times_as_numbers(std::move(value));
  }
  return output;
}

protocol::HttpReply json_reply(int status, const Json& document) {
  protocol::HttpReply reply;
  reply.status = status;
  reply.headers.set("Content-Type", "application/json");
  reply.body = to_text(document);
  return reply;
}

class StsService final : public protocol::QueryService {
 public:
  StsService(std::shared_ptr<State> state, std::vector<Operation> operations)
      : QueryService({"2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/", errors::service_errors()},
                     std::move(operations)),
        state_(std::move(state)) {}

  protocol::HttpReply render(const Call& call, const Json& output) const override {
    if (!wants_json(call)) return QueryService::render(call, output);
    const std::string& name = call.operation->name;
    Json response{{name + "Result", with_times_as_numbers(output)},
                  {"ResponseMetadata", {{"RequestId", call.request_id}}}};
    return json_reply(200, {{name + "Response", std::move(response)}});
  }

  protocol::HttpReply render_error(const Call& call, const AwsError& error) const override {
    protocol::HttpReply reply = QueryService::render_error(call, error);
    if (!wants_json(call) || error.kind->fault != Fault::client) return reply;
    return json_reply(reply.status,
                      {{"Error", {{"Code", error.kind->code}, {"Message", error.message}, {"Type", "Sender"}}},
                       {"RequestId", call.request_id}});
  }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto state = std::make_shared<State>(State{context, ports.share<ports::Sessions>()});
  std::vector<Operation> operations = {
      get_caller_identity(*state), assume_role(*state),           assume_role_with_web_identity(*state),
      get_session_token(*state),   get_federation_token(*state),  decode_authorization_message(*state),
      get_access_key_info(*state), assume_role_with_saml(*state),
  };
  auto service = std::make_shared<StsService>(std::move(state), std::move(operations));
  return {.name = "sts", .faces = {{.service = service, .scopes = {"sts"}, .versions = {"2011-06-15"}}}};
}

}  // namespace millrace::sts
