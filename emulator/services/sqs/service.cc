#include "emulator/services/sqs/service.h"

#include "emulator/services/sqs/errors.h"

namespace millrace::sqs {

Services make_services(ServiceContext context) {
  (void)context;
  std::vector<protocol::Operation> operations = {};
  Services out;
  out.json = std::make_shared<protocol::JsonService>(
      protocol::JsonService::Profile{"AmazonSQS", "application/x-amz-json-1.0", false, false, errors::service_errors()}, operations);
  out.query = std::make_shared<protocol::QueryService>(
      protocol::QueryService::Profile{"2012-11-05", "http://queue.amazonaws.com/doc/2012-11-05/", errors::service_errors()},
      std::move(operations));
  return out;
}

}  // namespace millrace::sqs
