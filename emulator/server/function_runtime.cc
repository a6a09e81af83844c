#include "emulator/server/function_runtime.h"

#include <filesystem>

#include "emulator/base/log.h"
#include "emulator/services/cloudwatch/metered_invoker.h"
#include "emulator/services/pipes/service.h"
#include "runtime/poller/checkpoint_store.h"
#include "runtime/poller/engine.h"
#include "runtime/pool/pool.h"

namespace millrace::server {

namespace {

/// Given, or made beside the worker by ./emulator/start, or none.
pool::RuntimeFolders runtime_folders(const ServerOptions& options, const std::string& worker_binary) {
  auto chosen = [&](const std::string& given, const char* made) {
    std::error_code error;
    std::filesystem::path folder =
        given.empty() ? std::filesystem::path(worker_binary).parent_path() / made : std::filesystem::path(given);
    bool there = !given.empty() || std::filesystem::is_directory(folder, error);
    return there ? std::filesystem::absolute(folder, error).string() : std::string();
  };
  pool::RuntimeFolders folders{chosen(options.python_site, "python-site"),
                               chosen(options.node_modules, "node-sdk/node_modules")};
  return folders;
}

Json described(const pool::RuntimeFolders& folders) {
  return {{"python", pool::python_packages(folders)},
          {"node",
           folders.node_modules.empty() ? "no AWS SDK (--node-modules)" : "the AWS SDK in " + folders.node_modules}};
}

}  // namespace

/// In the order of construction; destroyed the other way round.
struct FunctionRuntime::Parts {
  ServiceContext context;
  Neighbours neighbours;
  lambda::Options options;
  Json packages;
  lambda::Functions functions;
  poller::StoredCheckpoints checkpoints;
  std::unique_ptr<pool::Pool> pool;
  std::unique_ptr<cloudwatch::MeteredInvoker> metered;  // the pool, counted
  pipes::Room pipes;
  std::unique_ptr<poller::Engine> engine;

  Parts(const ServiceContext& context_in, const Neighbours& neighbours_in)
      : context(context_in), neighbours(neighbours_in), functions(context), checkpoints(context.store) {}
};

FunctionRuntime::FunctionRuntime(const ServiceContext& context, const Neighbours& neighbours,
                                 const ServerOptions& server)
    : parts_(std::make_unique<Parts>(context, neighbours)) {
  parts_->options = {server.retired_runtimes, server.layers_folder};
  pool::PoolOptions options;
  if (!server.worker_binary.empty()) options.worker_binary = server.worker_binary;
  options.folders = runtime_folders(server, options.worker_binary);
  parts_->packages = described(options.folders);
  log::info("Python handlers import " + text_of(parts_->packages, "python"));
  log::info("Node handlers have " + text_of(parts_->packages, "node"));
  options.endpoint_url = context.endpoint_url;
  options.scratch_folder = context.files_folder + "/scratch";
  pool::Zygote zygote =
      pool::start_zygote(options.worker_binary, options.scratch_folder, options.mounts, options.folders);
  parts_->pool = std::make_unique<pool::Pool>(options, std::move(zygote), context.clock, context.random,
                                              neighbours.logs, neighbours.authority);
  parts_->metered = std::make_unique<cloudwatch::MeteredInvoker>(*parts_->pool, neighbours.metrics);
  parts_->pipes = pipes::make_room(context, {neighbours.deliveries, neighbours.destinations, neighbours.authority,
                                             parts_->functions, *parts_->metered});
  parts_->engine = std::make_unique<poller::Engine>(poller::EngineParts{.clock = context.clock,
                                                                        .timers = context.timers,
                                                                        .random = context.random,
                                                                        .streams = neighbours.streams,
                                                                        .queues = &neighbours.queues,
                                                                        .functions = *parts_->pipes.catalog,
                                                                        .invoker = *parts_->pipes.invoker,
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
      {with.authority, with.objects, *parts_->metered, *parts_->engine, with.streams, with.queues, with.destinations,
       [pool = parts_->pool.get()](const std::string& function_arn) { pool->retire(function_arn); },
       [pool = parts_->pool.get()](const std::string& key, std::shared_ptr<const ports::FunctionVersion> function,
                                   int wanted) { pool->provision(key, std::move(function), wanted); },
       [pool = parts_->pool.get()](const std::string& key) {
         pool::Pool::Provisioned state = pool->provisioned(key);
         return lambda::ProvisionedState{state.kept, state.ready, state.failed};
       },
       parts_->options});
  with.destinations.add("lambda",
                        {.action = "lambda:InvokeFunction",
                         .deliver = [deliver = services.invoke_async](
                                        const std::string& arn, const ports::Message& message,
                                        const ports::Destination::Sender&) { return deliver(arn, message.body); },
                         .policy = services.function_policy});
  parts_->pipes.start(*parts_->engine, *services.caller);
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

std::shared_ptr<protocol::Service> FunctionRuntime::pipes() {
  return parts_->pipes.service;
}

const Json& FunctionRuntime::packages() const {
  return parts_->packages;
}

}  // namespace millrace::server
