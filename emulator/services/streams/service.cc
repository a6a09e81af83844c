#include "emulator/services/streams/service.h"

#include "emulator/services/streams/errors.h"

namespace millrace::streams {

std::shared_ptr<protocol::Service> make_service(ServiceContext context, tables::Tables& tables) {
  (void)context;
  (void)tables;
  std::vector<protocol::Operation> operations = {};
  return std::make_shared<protocol::JsonService>(
      protocol::JsonService::Profile{"DynamoDBStreams_20120810", "application/x-amz-json-1.0", true, true, errors::service_errors()},
      std::move(operations));
}

}  // namespace millrace::streams
