#pragma once
// Lambda: functions, versions, aliases, layers, permissions, event source mappings, Invoke.

#include <functional>
#include <memory>
#include <string>

#include "emulator/base/work_in_progress.h"
#include "emulator/ports/authority.h"
#include "emulator/ports/destination.h"
#include "emulator/ports/encryption.h"
#include "emulator/ports/function_caller.h"
#include "emulator/ports/invoker.h"
#include "emulator/ports/mapping_engine.h"
#include "emulator/ports/metrics.h"
#include "emulator/ports/objects.h"
#include "emulator/ports/queue_reader.h"
#include "emulator/ports/stream_reader.h"
#include "emulator/protocol/identity.h"
#include "emulator/protocol/service.h"
#include "emulator/services/lambda/functions.h"
#include "emulator/services/service_context.h"

namespace millrace::lambda {

/// What the pool has made of a provisioned concurrency: how many environments it keeps (-1: it has not been asked to
/// yet), how many are initialised, and how many failed to.
struct ProvisionedState {
  int kept = 0;
  int ready = 0;
  int failed = 0;
};

/// What `millrace serve` was told that concerns this room.
struct Options {
  bool retired_runtimes = false;  // functions with runtimes that AWS doesn't take any more can be made
  std::string layers_folder;      // --layers: other accounts' layers as ARN.zip, besides DATA/layers; may be empty
};

/// What the room needs of others. All outlive the services made below.
struct Ports {
  ports::Authority& authority;
  ports::Objects& objects;
  ports::Invoker& invoker;
  ports::MappingEngine& mappings;
  ports::StreamReader& streams;
  ports::QueueReader& queues;
  ports::Destination& destinations;
  /// Ends a changed or deleted function's idle environments now instead of when they are missed; may be empty.
  std::function<void(const std::string& function_arn)> retire = {};
  /// Keeps so many environments of the version initialised, under a qualified ARN as the key; 0 ends it. May be empty.
  std::function<void(const std::string& key, std::shared_ptr<const ports::FunctionVersion>, int wanted)> provision = {};
  std::function<ProvisionedState(const std::string& key)> provisioned = {};
  /// Python functions are there or were made; may be empty.
  std::function<void()> expect_python = {};
  Options options = {};
  ports::Encryption* keys = nullptr;  // of variables under a customer's key
  protocol::Identity* identity = nullptr;
  ports::Metrics* metrics = nullptr;  // null: nothing is counted
};

struct Services {
  std::shared_ptr<protocol::Service> api;            // "lambda"
  std::shared_ptr<protocol::Service> function_urls;  // "lambda-url": requests whose Host or path is a function URL's
  std::shared_ptr<ports::FunctionCaller> caller;     // for API Gateway; lives no longer than `api` may be called
  /// Accepts an event for a function in another service's name, which has checked that it may.
  /// `trace_header`: an X-Amzn-Trace-Id to go on with; empty: a new trace.
  std::function<Result<void>(const std::string& function_arn, const std::string& payload,
                             const std::string& trace_header)>
      invoke_async;
  /// The resource policy of a function, version or alias; empty if it has none.
  std::function<std::string(const std::string& function_arn)> function_policy;
  /// Asynchronous events accepted and not yet ended; lives as long as `api`.
  WorkInProgress* events = nullptr;
};

/// `functions` is made first (it is the catalog that the pool and the pollers get). Puts every stored mapping into the
/// engine and takes up async invocations that wait.
Services make_services(ServiceContext context, Functions& functions, Ports ports);

/// True if the request is for a function URL: `Host: <id>.lambda-url.<region>...` or a path below /_lambda-url/.
bool is_function_url(const protocol::HttpRequest& request);

}  // namespace millrace::lambda
