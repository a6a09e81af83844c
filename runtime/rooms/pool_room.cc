#include <filesystem>

#include "emulator/base/log.h"
#include "emulator/ports/function_debugging.h"
#include "runtime/pool/pool.h"
#include "runtime/rooms/rooms.h"

namespace millrace::pool {

namespace {

/// Given, or made in the data folder or beside the worker by ./emulator/start, or none.
RuntimeFolders runtime_folders(const RoomContext& context, const std::string& worker_binary) {
  const FunctionOptions& options = context.functions;
  auto chosen = [&](const std::string& given, const char* made) {
    std::error_code error;
    std::filesystem::path folder(given);
    // As `millrace runtimes --install` makes it in the data folder.
    if (given.empty()) folder = std::filesystem::path(context.files_folder).parent_path() / "runtimes" / made;
    if (given.empty() && !std::filesystem::is_directory(folder, error))
      folder = std::filesystem::path(worker_binary).parent_path() / made;
    bool there = !given.empty() || std::filesystem::is_directory(folder, error);
    return there ? std::filesystem::absolute(folder, error).string() : std::string();
  };
  return {chosen(options.python_site, "python-site"), chosen(options.node_modules, "node-sdk/node_modules")};
}

/// What handlers get beside their own packages, for people: {"python": "boto3 1.26.27 of ...", "node": ...}.
Json described(const RuntimeFolders& folders) {
  return {{"python", python_packages(folders)},
          {"node", folders.node_modules.empty()
                       ? "no AWS SDK: millrace runtimes --install gets it, --node-modules DIR names it"
                       : "the AWS SDK in " + folders.node_modules}};
}

PoolOptions options_of(const RoomContext& context) {
  PoolOptions options;
  if (!context.functions.worker_binary.empty()) options.worker_binary = context.functions.worker_binary;
  options.folders = runtime_folders(context, options.worker_binary);
  options.endpoint_url = context.endpoint_url;
  options.scratch_folder = context.files_folder + "/scratch";
  return options;
}

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  PoolOptions options = options_of(context);
  options.services = ports.find<ports::ServiceCaller>().get();
  if (auto debugging = ports.find<ports::FunctionDebugging>()) options.debug = debugging->on;
  Json packages = described(options.folders);
  log::debug("Python handlers import " + text_of(packages, "python"));
  log::debug("Node handlers have " + text_of(packages, "node"));
  Zygote zygote = start_zygote(options.worker_binary, options.scratch_folder, options.mounts, options.folders);
  auto pool = std::make_shared<std::unique_ptr<Pool>>();
  *pool = std::make_unique<Pool>(options, std::move(zygote), context.clock, context.random, ports.get<ports::LogSink>(),
                                 ports.get<ports::Authority>());
  ports.offer<ports::Invoker>(**pool);
  ports.offer<ports::Environments>(**pool);
  return {.name = "pool", .state = pool, .health = std::move(packages), .stop = [pool] { pool->reset(); }};
}

}  // namespace millrace::pool
