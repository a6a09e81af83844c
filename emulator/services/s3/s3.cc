#include "emulator/services/s3/s3.h"

#include "emulator/services/s3/events/background.h"

namespace millrace::s3 {

S3::S3(ServiceContext given)
    : context(std::move(given)),
      store(context.store),
      clock(context.clock),
      timers(context.timers),
      random(context.random) {}

S3::~S3() {
  timers.cancel(lifecycle_timer);
  background.reset();
}

}  // namespace millrace::s3
