#include "emulator/services/lambda/service.h"

#include "emulator/services/lambda/errors.h"

namespace millrace::lambda {

std::shared_ptr<protocol::Service> make_service(ServiceContext context) {
  (void)context;
  std::vector<protocol::Operation> operations = {};
  return std::make_shared<protocol::RestJsonService>(protocol::RestJsonService::Profile{errors::service_errors()}, std::move(operations));
}

}  // namespace millrace::lambda
