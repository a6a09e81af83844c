#include "emulator/services/logs/service.h"

#include "emulator/services/logs/errors.h"

namespace millrace::logs {

std::shared_ptr<protocol::Service> make_service(ServiceContext context) {
  (void)context;
  std::vector<protocol::Operation> operations = {};
  return std::make_shared<protocol::JsonService>(
      protocol::JsonService::Profile{"Logs_20140328", "application/x-amz-json-1.1", false, false, errors::service_errors()},
      std::move(operations));
}

}  // namespace millrace::logs
