#include "emulator/services/apigateway/service.h"

#include "emulator/services/apigateway/execute_api.h"
#include "emulator/services/apigateway/operations.h"
#include "emulator/services/apigateway/resources.h"
#include "emulator/services/apigateway/rest/operations.h"

namespace millrace::apigateway {

namespace {

std::vector<protocol::Operation> all_operations(Gateway& gateway) {
  std::vector<protocol::Operation> out = {create_api(gateway),
                                          get_api(gateway),
                                          get_apis(gateway),
                                          update_api(gateway),
                                          delete_api(gateway),
                                          delete_cors_configuration(gateway),
                                          create_stage(gateway),
                                          get_stage(gateway),
                                          get_stages(gateway),
                                          update_stage(gateway),
                                          delete_stage(gateway),
                                          delete_route_settings(gateway),
                                          delete_access_log_settings(gateway),
                                          create_deployment(gateway),
                                          get_deployment(gateway),
                                          get_deployments(gateway),
                                          update_deployment(gateway),
                                          delete_deployment(gateway),
                                          tag_resource(gateway),
                                          untag_resource(gateway),
                                          get_tags(gateway)};
  for (const Kind* kind :
       {&route_kind(), &integration_kind(), &authorizer_kind(), &route_response_kind(), &integration_response_kind()}) {
    for (protocol::Operation& operation : operations_of(gateway, *kind)) out.push_back(std::move(operation));
  }
  for (protocol::Operation& operation : rest::all_operations(gateway)) out.push_back(std::move(operation));
  return out;
}

class ControlPlane final : public protocol::RestJsonService {
 public:
  explicit ControlPlane(std::shared_ptr<Gateway> gateway)
      : RestJsonService(Profile{errors::service_errors()}, all_operations(*gateway)), gateway_(std::move(gateway)) {}

 private:
  std::shared_ptr<Gateway> gateway_;  // the operations are bound to it
};

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto gateway = std::make_shared<Gateway>(context);
  Room room{.name = "apigateway"};
  room.faces.push_back({.service = std::make_shared<ControlPlane>(gateway), .scopes = {"apigateway"}});
  Outside outside{ports.share<ports::FunctionCaller>(), ports.share<ports::ServiceCaller>(),
                  ports.share<ports::HttpCaller>()};
  room.faces.push_back({.service = make_execute_api(gateway, std::move(outside), &ports.get<ports::LogSink>()),
                        .scopes = {"execute-api"},
                        .owns = is_api_request,
                        .owns_host = [](const protocol::HostParts& host) { return host.has("execute-api"); }});
  return room;
}

}  // namespace millrace::apigateway
