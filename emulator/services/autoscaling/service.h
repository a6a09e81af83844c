#pragma once
// Application Auto Scaling: scalable targets, their policies and scheduled actions.

#include <functional>
#include <memory>
#include <string>

#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"

namespace millrace::autoscaling {

/// Calls an operation of another service as the account itself: ("dynamodb", "UpdateTable", account, region, input).
using CallService =
    std::function<Result<Json>(const std::string& service, const std::string& operation, const std::string& account,
                               const std::string& region, const Json& input)>;

struct Room {
  std::shared_ptr<protocol::Service> service;
  std::function<void()> stop;  // nothing is scaled after it
};
Room make_room(ServiceContext context, CallService call);

}  // namespace millrace::autoscaling
