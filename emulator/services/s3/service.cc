#include "emulator/services/s3/service.h"

#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/s3_service.h"

namespace millrace::s3 {

std::shared_ptr<protocol::Service> make_service(ServiceContext context) {
  (void)context;
  return std::make_shared<S3Service>(std::vector<protocol::Operation>{});
}

}  // namespace millrace::s3
