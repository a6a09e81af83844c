#include "emulator/services/sns/service.h"

#include "emulator/services/sns/errors.h"

namespace millrace::sns {

std::shared_ptr<protocol::Service> make_service(ServiceContext context) {
  (void)context;
  std::vector<protocol::Operation> operations = {};
  return std::make_shared<protocol::QueryService>(
      protocol::QueryService::Profile{"2010-03-31", "http://sns.amazonaws.com/doc/2010-03-31/", errors::service_errors()}, std::move(operations));
}

}  // namespace millrace::sns
