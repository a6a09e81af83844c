#pragma once
// CloudWatch Logs: groups, streams, events, filters, queries. Also the sink of the functions' log lines.

#include <functional>
#include <memory>
#include <string>

#include "emulator/base/work_in_progress.h"
#include "emulator/ports/authority.h"
#include "emulator/ports/destination.h"
#include "emulator/ports/log_sink.h"
#include "emulator/ports/objects.h"
#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"

namespace millrace::logs {

struct Logs;

/// Who stands behind the room; each may be missing (then what needs it is refused or dropped). They must outlive it.
struct OtherRooms {
  ports::Destination* destination = nullptr;  // where subscriptions and exports are sent
  ports::Objects* objects = nullptr;          // buckets that exports are written to
  /// May the sender send to that ARN? Nothing is sent.
  std::function<Result<void>(const std::string& arn, const ports::Destination::Sender& sender)> may_send = {};
};

struct Room {
  std::shared_ptr<protocol::Service> service;
  std::shared_ptr<Logs> state;  // for FunctionLogSink
  /// Connects what is built after the room and takes up what an earlier run left; before the server listens.
  std::function<void(const OtherRooms&)> connect;
  /// What metric filters have counted: a list of {namespace, metric, dimensions, unit, points}.
  std::function<Json(const std::string& account, const std::string& region)> metrics;
  /// Batches of events on their way to metric and subscription filters. Lives as long as `service`.
  WorkInProgress* in_progress = nullptr;
  /// Ends background work, before what it was connected to goes. Idempotent.
  std::function<void()> stop;
};

Room make_room(ServiceContext context);

}  // namespace millrace::logs
