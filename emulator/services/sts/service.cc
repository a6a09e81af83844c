#include "emulator/services/sts/service.h"

#include "emulator/services/sts/operations.h"

namespace millrace::sts {
namespace {

class StsService final : public protocol::QueryService {
 public:
  StsService(std::shared_ptr<State> state, std::vector<Operation> operations)
      : QueryService({"2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/", errors::service_errors()},
                     std::move(operations)),
        state_(std::move(state)) {}

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
