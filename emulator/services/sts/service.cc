#include "emulator/services/sts/service.h"

#include "emulator/services/sts/errors.h"

namespace millrace::sts {

std::shared_ptr<protocol::Service> make_service(ServiceContext context) {
  (void)context;
  std::vector<protocol::Operation> operations = {};
  return std::make_shared<protocol::QueryService>(
      protocol::QueryService::Profile{"2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/", errors::service_errors()}, std::move(operations));
}

}  // namespace millrace::sts
