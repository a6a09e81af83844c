#include "emulator/services/s3/s3.h"

#include "emulator/base/woken_thread.h"

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
