#pragma once
// Everything that runs functions, made in the right order: the catalog, the pool of environments, the mapping engine,
// the Lambda service. They need each other through ports, and other rooms through the ports in Neighbours.

#include <memory>
#include <string>

#include "emulator/delivery/deliveries.h"
#include "emulator/ports/log_sink.h"
#include "emulator/ports/metrics.h"
#include "emulator/ports/queue_reader.h"
#include "emulator/server/destinations.h"
#include "emulator/server/server.h"
#include "emulator/services/lambda/service.h"
#include "emulator/services/service_context.h"

namespace millrace::server {

class FunctionRuntime {
 public:
  /// What other rooms give; all outlive this object.
  struct Neighbours {
    ports::Authority& authority;
    ports::Objects& objects;
    ports::StreamReader& streams;
    ports::QueueReader& queues;
    ports::LogSink& logs;
    Destinations& destinations;
    ports::Metrics& metrics;
    delivery::Deliveries& deliveries;
  };
  /// Starts the worker's parent process. Functions become a target of `destinations`.
  FunctionRuntime(const ServiceContext& context, const Neighbours& neighbours, const ServerOptions& options);
  ~FunctionRuntime();

  /// Puts every stored mapping into the engine and makes the services. From here on functions may run.
  lambda::Services start();
  /// Ends environments and mappings; invocations under way are answered. Before the HTTP server goes.
  void stop();

  ports::MappingEngine& mappings();
  /// EventBridge Pipes, whose pipes are mappings of the same engine.
  std::shared_ptr<protocol::Service> pipes();
  /// What handlers get beside their own packages, for people: {"python": "boto3 1.26.27 of ...", "node": ...}.
  const Json& packages() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace millrace::server
