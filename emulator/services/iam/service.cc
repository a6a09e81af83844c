#include "emulator/services/iam/service.h"

#include "emulator/services/iam/errors.h"

namespace millrace::iam {

std::shared_ptr<protocol::Service> make_service(ServiceContext context) {
  (void)context;
  std::vector<protocol::Operation> operations = {};
  return std::make_shared<protocol::QueryService>(
      protocol::QueryService::Profile{"2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/", errors::service_errors()}, std::move(operations));
}

}  // namespace millrace::iam
