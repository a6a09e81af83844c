#include "emulator/services/apigateway/service.h"

#include "emulator/protocol/tag_keys.h"
#include "emulator/services/apigateway/execute_api.h"
#include "emulator/services/apigateway/operations.h"
#include "emulator/services/apigateway/resources.h"
#include "emulator/services/apigateway/rest/operations.h"

namespace millrace::apigateway {

namespace {

std::vector<protocol::Operation> all_operations(Gateway& gateway, const Outside& outside) {
  std::vector<protocol::Operation> out = {create_api(gateway),
                                          get_api(gateway),
                                          get_apis(gateway),
                                          update_api(gateway),
                                          delete_api(gateway),
                                          delete_cors_configuration(gateway),
                                          reset_authorizers_cache(gateway),
                                          delete_route_settings(gateway),
                                          delete_route_request_parameter(gateway),
                                          delete_access_log_settings(gateway),
                                          tag_resource(gateway),
                                          untag_resource(gateway),
                                          get_tags(gateway)};
  for (const Kind* kind : {&route_kind(), &integration_kind(), &authorizer_kind(), &route_response_kind(),
                           &integration_response_kind(), &model_kind(), &stage_kind(), &deployment_kind()}) {
    for (protocol::Operation& operation : operations_of(gateway, *kind)) out.push_back(std::move(operation));
  }
  for (auto family : {openapi_operations, domain_operations, vpc_link_operations}) {
    for (protocol::Operation& operation : family(gateway)) out.push_back(std::move(operation));
  }
  for (protocol::Operation& operation : rest::all_operations(gateway, outside)) out.push_back(std::move(operation));
  return out;
}

/// unverified: the words
AwsError reserved_tag(const std::string& key) {
  return errors::bad_request("Tag keys beginning with aws: are reserved for AWS use. Tag key: " + key);
}

class ControlPlane final : public protocol::RestJsonService {
 public:
  ControlPlane(std::shared_ptr<Gateway> gateway, const Outside& outside)
      : RestJsonService(Profile{errors::service_errors()},
                        protocol::refusing_reserved_tags(all_operations(*gateway, outside), reserved_tag)),
        gateway_(std::move(gateway)) {}

 private:
  std::shared_ptr<Gateway> gateway_;  // the operations are bound to it
};

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto gateway = std::make_shared<Gateway>(context);
  Room room{.name = "apigateway"};
  Outside outside{ports.share<ports::FunctionCaller>(),
                  ports.share<ports::ServiceCaller>(),
                  ports.share<ports::HttpCaller>(),
                  &ports.get<ports::LogSink>(),
                  std::make_shared<ApiMeter>(ports.find<ports::Metrics>().get(), context.clock),
                  ports.find<protocol::Identity>().get()};
  room.faces.push_back({.service = std::make_shared<ControlPlane>(gateway, outside), .scopes = {"apigateway"}});
  room.faces.push_back({.service = make_execute_api(gateway, std::move(outside)),
                        .scopes = {"execute-api"},
                        .owns = [gateway](const protocol::HttpRequest& head) { return is_api_request(*gateway, head); },
                        .owns_host = [](const protocol::HostParts& host) { return host.has("execute-api"); }});
  room.in_progress = {{"events of WebSocket connections", &gateway->socket_events}};
  room.state = gateway;
  return room;
}

}  // namespace millrace::apigateway
