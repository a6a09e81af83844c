#pragma once
// Lambda: functions, versions, aliases, layers, permissions, event source mappings, Invoke.

#include <memory>
#include <string>

#include "emulator/protocol/service.h"
#include "emulator/services/lambda/functions.h"
#include "emulator/services/service_context.h"
#include "runtime/ports/authority.h"
#include "runtime/ports/destination.h"
#include "runtime/ports/event_target.h"
#include "runtime/ports/invoker.h"
#include "runtime/ports/mapping_engine.h"
#include "runtime/ports/objects.h"
#include "runtime/ports/stream_reader.h"

namespace millrace::lambda {

/// What the room needs of others. All outlive the services made below.
struct Ports {
  ports::Authority& authority;
  ports::Objects& objects;
  ports::Invoker& invoker;
  ports::MappingEngine& mappings;
  ports::StreamReader& streams;
  ports::Destination& destinations;
};

struct Services {
  std::shared_ptr<protocol::Service> api;            // "lambda"
  std::shared_ptr<ports::EventTarget> events;        // lives no longer than the api
  std::shared_ptr<protocol::Service> function_urls;  // requests whose Host or path is a function URL's
};

/// `functions` is made first (it is the catalog that the pool and the pollers get). Puts every stored mapping into the
/// engine and takes up async invocations that wait.
Services make_services(ServiceContext context, Functions& functions, Ports ports);

/// True if the request is for a function URL: `Host: <id>.lambda-url.<region>...` or a path below /_lambda-url/.
bool is_function_url(const protocol::HttpRequest& request);

}  // namespace millrace::lambda
