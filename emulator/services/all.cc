#include "emulator/services/all.h"

#include "emulator/delivery/room.h"
#include "emulator/faults/room.h"
#include "emulator/services/apigateway/service.h"
#include "emulator/services/autoscaling/service.h"
#include "emulator/services/cloudwatch/service.h"
#include "emulator/services/dynamodb/service.h"
#include "emulator/services/dynamodb/stored_check.h"
#include "emulator/services/eventbridge/service.h"
#include "emulator/services/iam/make_room.h"
#include "emulator/services/kms/service.h"
#include "emulator/services/lambda/make_room.h"
#include "emulator/services/lambda/stored_check.h"
#include "emulator/services/logs/make_room.h"
#include "emulator/services/pipes/service.h"
#include "emulator/services/s3/make_room.h"
#include "emulator/services/scheduler/service.h"
#include "emulator/services/secretsmanager/service.h"
#include "emulator/services/sns/service.h"
#include "emulator/services/sqs/service.h"
#include "emulator/services/ssm/service.h"
#include "emulator/services/streams/service.h"
#include "emulator/services/streams/stored_check.h"
#include "emulator/services/sts/service.h"
#include "emulator/trace/room.h"
#include "runtime/rooms/rooms.h"

namespace millrace {

std::vector<MakeRoom> all_rooms() {
  return {
      iam::make_room,  // who is asking, and what may they do
      sts::make_room,
      kms::make_room,
      s3::make_room,
      dynamodb::make_room,
      streams::make_room,     // of dynamodb's tables
      delivery::make_room,    // what the next ones send goes by it
      cloudwatch::make_room,  // counts what the others do
      eventbridge::make_room,
      scheduler::make_room,
      logs::make_room,
      sqs::make_room,
      sns::make_room,
      pool::make_room,  // runs functions
      faults::make_faulty_invoker,
      cloudwatch::make_metered_invoker,
      pipes::make_room,   // mappings among the poller's
      poller::make_room,  // reads streams and queues for functions
      lambda::make_room,
      apigateway::make_room,
      secretsmanager::make_room,  // rotates by functions
      ssm::make_room,             // reads secrets
      autoscaling::make_room,
      trace::make_room,  // asks streams and mappings what followed from a request
  };
}

std::vector<KeptEntries> all_kept_entries() {
  return {
      apigateway::kept_entries(),
      autoscaling::kept_entries(),
      cloudwatch::kept_entries(),
      dynamodb::kept_entries(),
      eventbridge::kept_entries(),
      iam::kept_entries(),
      kms::kept_entries(),
      lambda::kept_entries(),
      logs::kept_entries(),
      pipes::kept_entries(),
      s3::kept_entries(),
      scheduler::kept_entries(),
      secretsmanager::kept_entries(),
      sns::kept_entries(),
      sqs::kept_entries(),
      ssm::kept_entries(),
      delivery::kept_entries(),
  };
}

std::vector<RoomCheck> all_checks() {
  return {
      {"the functions", lambda::check_stored},
      {"the tables", dynamodb::check_stored},
      {"the streams", streams::check_stored},
  };
}

}  // namespace millrace
