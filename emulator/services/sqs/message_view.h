#pragma once
// A received message as consumers see it.

#include "emulator/base/json.h"
#include "emulator/services/sqs/queues.h"

namespace millrace::sqs {

/// Which attributes a consumer asked for: names, "All", or prefixes ("bar.*").
struct Wanted {
  Json system = Json::array();
  Json message = Json::array();
};

/// The member of ReceiveMessage's answer.
Json message_view(const Received& received, const Wanted& wanted);
/// All system attributes: SenderId, SentTimestamp, ApproximateReceiveCount, ApproximateFirstReceiveTimestamp, ...
Json system_attributes(const Received& received);

}  // namespace millrace::sqs
