#include "emulator/server/service_call.h"

namespace millrace::server {

namespace {

const protocol::Operation* find_operation(const protocol::Service& service, const std::string& name) {
  if (auto* json = dynamic_cast<const protocol::JsonService*>(&service)) return json->operations().find(name);
  if (auto* query = dynamic_cast<const protocol::QueryService*>(&service)) return query->operations().find(name);
  if (auto* rest = dynamic_cast<const protocol::RestJsonService*>(&service)) return rest->operations().find(name);
  return nullptr;
}

protocol::Caller account_itself(const std::string& account, const std::string& region) {
  protocol::Caller caller;
  caller.account = caller.access_key_id = caller.user_id = account;
  caller.region = region;
  caller.principal_arn = "arn:aws:iam::" + account + ":root";
  return caller;
}

}  // namespace

void ServiceCalls::connect(const std::vector<Room>& rooms) {
  for (const Room& room : rooms) {
    for (const Face& face : room.faces) {
      if (!face.scopes.empty()) services_.emplace(face.scopes.front(), face.service);
    }
  }
}

Result<Json> ServiceCalls::call(const std::string& name, const std::string& operation, const std::string& account,
                                const std::string& region, const Json& input) {
  static const ErrorKind missing{"NotImplemented", 501};
  const auto [begin, end] = services_.equal_range(name);
  for (auto face = begin; face != end; ++face) {
    protocol::Service& service = *face->second;
    protocol::Call call;
    call.operation = find_operation(service, operation);
    const auto* handle = call.operation ? std::get_if<protocol::JsonHandler>(&call.operation->handle) : nullptr;
    if (!handle) continue;
    call.service = &service;
    call.caller = account_itself(account, region);
    call.request_id = service.new_request_id(random_);
    call.received_ms = clock_.now_ms();
    call.input = input;
    if (call.operation->input) {
      if (auto wrong = protocol::check_input(*call.operation->input, call.input)) return service.invalid_input(wrong);
    }
    return (*handle)(call);
  }
  return AwsError(missing, "The operation " + operation + " of " + name + " can't be called by another service.");
}

}  // namespace millrace::server
