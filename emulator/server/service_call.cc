#include "emulator/server/service_call.h"

namespace millrace::server {

namespace {

const protocol::Operation* find_operation(const protocol::Service& service, const std::string& name) {
  if (auto* json = dynamic_cast<const protocol::JsonService*>(&service)) return json->operations().find(name);
  if (auto* rest = dynamic_cast<const protocol::RestJsonService*>(&service)) return rest->operations().find(name);
  return nullptr;
}

}  // namespace

Result<Json> call_service(protocol::Service& service, Clock& clock, Random& random, const std::string& name,
                          const protocol::Caller& caller, const Json& input) {
  static const ErrorKind missing{"NotImplemented", 501};
  protocol::Call call;
  call.operation = find_operation(service, name);
  const auto* handle = call.operation ? std::get_if<protocol::JsonHandler>(&call.operation->handle) : nullptr;
  if (!handle) return AwsError(missing, "The operation " + name + " can't be called by another service.");
  call.service = &service;
  call.caller = caller;
  call.request_id = service.new_request_id(random);
  call.received_ms = clock.now_ms();
  call.input = input;
  if (call.operation->input) {
    if (auto wrong = protocol::check_input(*call.operation->input, call.input)) return service.invalid_input(wrong);
  }
  return (*handle)(call);
}

}  // namespace millrace::server
