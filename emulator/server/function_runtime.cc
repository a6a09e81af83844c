#include "emulator/server/function_runtime.h"

#include "runtime/poller/checkpoint_store.h"
#include "runtime/poller/engine.h"
#include "runtime/pool/pool.h"

namespace millrace::server {

/// In the order of construction; destroyed the other way round.
struct FunctionRuntime::Parts {
  ServiceContext context;
  Neighbours neighbours;
  lambda::Functions functions;
  poller::StoredCheckpoints checkpoints;
  std::unique_ptr<pool::Pool> pool;
  std::unique_ptr<poller::Engine> engine;

  Parts(const ServiceContext& context_in, const Neighbours& neighbours_in)
      : context(context_in), neighbours(neighbours_in), functions(context), checkpoints(context.store) {}
};

FunctionRuntime::FunctionRuntime(const ServiceContext& context, const Neighbours& neighbours,
                                 const std::string& worker_binary)
    : parts_(std::make_unique<Parts>(context, neighbours)) {
  pool::PoolOptions options;
  if (!worker_binary.empty()) options.worker_binary = worker_binary;
  options.endpoint_url = context.endpoint_url;
  options.scratch_folder = context.files_folder + "/scratch";
  pool::Zygote zygote = pool::start_zygote(options.worker_binary, options.scratch_folder);
  parts_->pool = std::make_unique<pool::Pool>(options, std::move(zygote), context.clock, context.random,
                                              neighbours.logs, neighbours.authority);
  parts_->engine = std::make_unique<poller::Engine>(poller::EngineParts{.clock = context.clock,
                                                                        .timers = context.timers,
                                                                        .random = context.random,
                                                                        .streams = neighbours.streams,
                                                                        .queues = &neighbours.queues,
                                                                        .functions = parts_->functions,
                                                                        .invoker = *parts_->pool,
                                                                        .destinations = neighbours.destinations,
                                                                        .checkpoints = parts_->checkpoints,
                                                                        .authority = &neighbours.authority});
}

FunctionRuntime::~FunctionRuntime() {
  stop();
}

lambda::Services FunctionRuntime::start() {
  const Neighbours& with = parts_->neighbours;
  lambda::Services services = lambda::make_services(
      parts_->context, parts_->functions,
      {with.authority, with.objects, *parts_->pool, *parts_->engine, with.streams, with.queues, with.destinations,
       [pool = parts_->pool.get()](const std::string& function_arn) { pool->retire(function_arn); },
       [pool = parts_->pool.get()](const std::string& key, std::shared_ptr<const ports::FunctionVersion> function,
                                   int wanted) { pool->provision(key, std::move(function), wanted); },
       [pool = parts_->pool.get()](const std::string& key) {
         pool::Pool::Provisioned state = pool->provisioned(key);
         return lambda::ProvisionedState{state.kept, state.ready, state.failed};
       }});
  with.destinations.add("lambda",
                        {.action = "lambda:InvokeFunction",
                         .deliver = [deliver = services.invoke_async](
                                        const std::string& arn, const ports::Message& message,
                                        const ports::Destination::Sender&) { return deliver(arn, message.body); },
                         .policy = services.function_policy});
  return services;
}

void FunctionRuntime::stop() {
  parts_->functions.background().stop();
  parts_->engine.reset();
  parts_->pool.reset();
}

ports::MappingEngine& FunctionRuntime::mappings() {
  return *parts_->engine;
}

}  // namespace millrace::server
