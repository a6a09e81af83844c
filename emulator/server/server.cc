#include "emulator/server/server.h"

#include <unistd.h>

#include <filesystem>
#include <future>

#include "emulator/base/arn.h"
#include "emulator/base/guard.h"
#include "emulator/base/log.h"
#include "emulator/base/store_fault.h"
#include "emulator/base/system_time.h"
#include "emulator/server/admin.h"
#include "emulator/server/admin_clock.h"
#include "emulator/server/admin_drain.h"
#include "emulator/server/admin_iam.h"
#include "emulator/server/admin_logs.h"
#include "emulator/server/admin_mappings.h"
#include "emulator/server/admin_streams.h"
#include "emulator/server/destinations.h"
#include "emulator/server/function_runtime.h"
#include "emulator/server/http_caller.h"
#include "emulator/server/pipeline.h"
#include "emulator/server/service_caller.h"
#include "emulator/services/apigateway/service.h"
#include "emulator/services/dynamodb/service.h"
#include "emulator/services/iam/service.h"
#include "emulator/services/kms/service.h"
#include "emulator/services/lambda/service.h"
#include "emulator/services/logs/function_log_sink.h"
#include "emulator/services/logs/service.h"
#include "emulator/services/s3/service.h"
#include "emulator/services/sns/service.h"
#include "emulator/services/sqs/service.h"
#include "emulator/services/streams/service.h"
#include "emulator/services/sts/service.h"
#include "emulator/storage/store.h"
#include "emulator/tables/tables.h"

namespace millrace::server {

namespace {

constexpr size_t kWorkerThreads = 16;
constexpr int kStopGraceMs = 4000;  // running requests get this long to end at shutdown

/// A fresh folder under the system's temporary one, removed by the Server's destructor.
std::string make_ephemeral_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "millrace-XXXXXX").string();
  return mkdtemp(pattern.data()) ? pattern : "";
}

/// Items, keys and code are nobody else's: 0700 for the folder, 0600 for the store's files, also for those that an
/// earlier version left open. What can't be changed (another owner's) stays as it is.
void keep_private(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code failed;
  fs::create_directories(folder, failed);
  fs::permissions(folder, fs::perms::owner_all, failed);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder + "/store", failed)) {
    if (entry.is_regular_file(failed))
      fs::permissions(entry.path(), fs::perms::owner_read | fs::perms::owner_write, failed);
  }
}

/// Returns when no timer's function runs, and none will: they may refer to services, which go before the clock.
void stop_timers(EmulatorClock& clock) {
  clock.freeze();
  std::promise<void> idle;
  clock.at(clock.now_ms(), [&idle] { idle.set_value(); });  // after all that are due
  idle.get_future().wait();
}

}  // namespace

/// In the order of construction; destroyed the other way round, so whatever calls goes before what it calls.
struct Server::Impl {
  ServerOptions options;
  std::string folder;
  EmulatorClock clock;
  SystemRandom random;
  std::unique_ptr<storage::Store> store;
  sqs::Services queues;
  std::unique_ptr<tables::Tables> tables;
  std::unique_ptr<WorkerThreads> workers;
  std::unique_ptr<UploadThreads> uploads;
  ServiceDirectory services;
  iam::Room iam;
  s3::Parts buckets;
  streams::Room streams;
  logs::Room logs;
  std::unique_ptr<logs::FunctionLogSink> function_logs;
  std::unique_ptr<Destinations> destinations;
  sns::Room topics;
  std::unique_ptr<FunctionRuntime> function_runtime;
  WorkInProgress* function_events = nullptr;
  std::shared_ptr<InternalCaller> service_calls;
  std::shared_ptr<HttpCalls> http_calls;
  Admin admin;
  std::unique_ptr<protocol::SignIn> sign_in;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<HttpServer> http;

  bool open_store(std::string& error);
  bool bind(std::string& error);
  void wire();
  void add_admin_routes();
  void wire_identity(const ServiceContext& context);
  void wire_messaging(const ServiceContext& context);
  void wire_functions(const ServiceContext& context);
  void wire_resources();
};

bool Server::Impl::open_store(std::string& error) {
  // Absolute: functions' processes have working directories of their own.
  folder = options.ephemeral ? make_ephemeral_folder()
                             : std::filesystem::absolute(options.data_folder).lexically_normal().string();
  if (folder.empty()) {
    error = "A temporary folder can't be made.";
    return false;
  }
  keep_private(folder);
  auto opened = storage::Store::open(
      {folder + "/store", options.sync_writes ? storage::Durability::sync : storage::Durability::wal});
  if (auto* sentence = std::get_if<std::string>(&opened)) {
    error = *sentence;
    return false;
  }
  store = std::move(std::get<std::unique_ptr<storage::Store>>(opened));
  return true;
}

bool Server::Impl::bind(std::string& error) {
  http = HttpServer::bind({options.host, options.port, 0}, error);
  return http != nullptr;
}

void Server::Impl::wire() {
  ServiceContext context{*store,
                         clock,
                         clock,
                         random,
                         "http://" + options.host + ":" + std::to_string(http->port()),
                         folder + "/files",
                         options.aws_delays,
                         options.throttle};
  wire_identity(context);
  buckets = s3::make_parts(context);
  services.add("s3", buckets.service);
  services.add("s3-control", buckets.control);
  services.set_names(protocol::OwnNames(options.allowed_hosts));
  tables = std::make_unique<tables::Tables>(*store, clock, random);
  kms::Room kms = kms::make_room(context);
  services.add("kms", kms.service);
  services.add_target("TrentService", kms.service);
  auto dynamodb = dynamodb::make_service(context, *tables, buckets.objects.get(), kms.keys);
  services.add("dynamodb", dynamodb);
  services.add_target("DynamoDB_20120810", dynamodb);
  streams = streams::make_room(context, *tables);
  services.add_target("DynamoDBStreams_20120810", streams.service);
  logs = logs::make_room(context);
  services.add("logs", logs.service);
  services.add_target("Logs_20140328", logs.service);
  wire_messaging(context);
  wire_functions(context);
  sign_in = std::make_unique<protocol::SignIn>(
      protocol::SignInOptions{options.region, "000000000000", &system_time_ms,
                              [this](const protocol::HttpRequest& request, const protocol::Service* service) {
                                return services.scope_of(request, service);
                              },
                              options.verify_all_signatures},
      *iam.identity, clock);
  buckets.connect(
      {destinations.get(), iam.authority.get(), iam.identity.get(),
       [to = destinations.get()](const std::string& target, const std::string& bucket, const std::string& account) {
         if (!to->exists(target)) return s3::TargetState::missing;
         const bool refused = to->check(target, {"", "s3.amazonaws.com", bucket, account}).has_error();
         return refused ? s3::TargetState::denied : s3::TargetState::ready;
       },
       iam.principal_is_known, kms.keys, protocol::OwnNames(options.allowed_hosts), sign_in.get()});
  logs.connect({destinations.get(), buckets.objects.get(),
                [to = destinations.get()](const std::string& arn, const ports::Destination::Sender& sender) {
                  return to->check(arn, sender);
                }});
  wire_resources();
  add_admin_routes();
  pipeline = std::make_unique<Pipeline>(services, *sign_in, *iam.identity, admin, HostGuard(options.allowed_hosts),
                                        BrowserGuard(options.allowed_origins), clock, random, *workers, *uploads);
  service_calls->connect(*pipeline);
}

/// Whose the things are that a request to one service names of another's.
void Server::Impl::wire_resources() {
  iam.resources->add("s3", buckets.resource);
  for (const char* service : {"sqs", "sns", "lambda"})
    iam.resources->add(service, [to = destinations.get()](const std::string& arn) {
      return ports::Resource{"", to->policy(arn)};
    });
  iam.resources->add("dynamodb", [tables = tables.get()](const std::string& arn) {
    return ports::Resource{"", dynamodb::resource_policy(*tables, arn)};
  });
}

void Server::Impl::add_admin_routes() {
  add_clock_routes(admin, clock, function_runtime->packages());
  add_logs_routes(admin, logs, {options.region, "000000000000"});
  add_drain_route(admin, {function_runtime->mappings(),
                          {{"asynchronous invocations", function_events},
                           {"S3 events and replication", buckets.in_progress},
                           {"log subscriptions", logs.in_progress}},
                          [this](std::function<void()> fn) {
                            store->submit([](storage::Txn&) { return true; },
                                          [fn = std::move(fn)](storage::Outcome) { fn(); });
                          }});
  add_stream_routes(admin, *store, *tables, *workers);
  add_mapping_routes(admin, function_runtime->mappings());
  add_iam_routes(admin, *iam.audit);
}

void Server::Impl::wire_identity(const ServiceContext& context) {
  iam::Mode mode = options.iam == IamMode::off     ? iam::Mode::off
                   : options.iam == IamMode::audit ? iam::Mode::audit
                                                   : iam::Mode::on;
  iam = iam::make_room(context, mode);
  services.add("iam", iam.service);
  services.add_version("2010-05-08", iam.service);
  auto sts = sts::make_service(context, iam.sessions);
  services.add("sts", sts);
  services.add_version("2011-06-15", sts);
}

void Server::Impl::wire_messaging(const ServiceContext& context) {
  destinations = std::make_unique<Destinations>(*iam.authority);
  queues = sqs::make_services(context);
  services.add("sqs", queues.query);
  services.add_target("AmazonSQS", queues.json);
  services.add_version("2012-11-05", queues.query);
  topics = sns::make_room(context, *destinations);
  services.add("sns", topics.service);
  services.add_version("2010-03-31", topics.service);
  using ports::Message;
  using Sender = ports::Destination::Sender;
  destinations->add("sqs",
                    {.action = "sqs:SendMessage",
                     .deliver = [backend = queues.backend](
                                    const std::string& arn, const Message& message,
                                    const Sender& sender) { return backend->deliver(arn, message, sender.account); },
                     .policy = [backend = queues.backend](const std::string& arn) { return backend->policy(arn); },
                     .exists = [backend = queues.backend](
                                   const std::string& arn) { return !backend->reader().facts(arn).has_error(); }});
  destinations->add(
      "s3", {.action = "s3:PutObject",
             .deliver =
                 [objects = buckets.objects](const std::string& arn, const Message& message, const Sender& sender) {
                   ports::OnBehalfOf whose(sender.account);
                   whose.role_arn = sender.role_arn;
                   if (!sender.service_principal.empty()) whose.service_principals = {sender.service_principal};
                   return objects->put({whose, Arn::parse(arn)->resource, message.s3_key, ""}, message.body,
                                       "application/json");
                 },
             .policy = buckets.policy,
             .resource_suffix = "/*"});
  destinations->add(
      "sns", {.action = "sns:Publish",
              .deliver = [backend = topics.backend](const std::string& arn, const Message& message,
                                                    const Sender&) { return backend->publish(arn, message); },
              .policy = [backend = topics.backend](const std::string& arn) { return backend->policy(arn); },
              // A topic always has a policy.
              .exists = [backend = topics.backend](const std::string& arn) { return !backend->policy(arn).empty(); }});
}

void Server::Impl::wire_functions(const ServiceContext& context) {
  function_logs = std::make_unique<logs::FunctionLogSink>(logs.state, *iam.authority);
  function_runtime = std::make_unique<FunctionRuntime>(
      context,
      FunctionRuntime::Neighbours{*iam.authority, *buckets.objects, *streams.reader, queues.backend->reader(),
                                  *function_logs, *destinations},
      options);
  lambda::Services functions = function_runtime->start();
  function_events = functions.events;
  services.add("lambda", functions.api);
  services.add("lambda-url", functions.function_urls);
  service_calls = std::make_shared<InternalCaller>(*iam.authority, clock);
  http_calls = std::make_shared<HttpCalls>();
  apigateway::Room gateway =
      apigateway::make_room(context, {functions.caller, service_calls, http_calls}, function_logs.get());
  services.add("apigateway", gateway.control);
  services.add("execute-api", gateway.execute_api);
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

std::unique_ptr<Server> Server::start(const ServerOptions& options, std::string& error) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  if (!impl->open_store(error)) return nullptr;
  impl->workers = std::make_unique<WorkerThreads>(kWorkerThreads);
  impl->uploads = std::make_unique<UploadThreads>();
  if (!impl->bind(error)) return nullptr;
  try {
    impl->wire();
  } catch (const StoreFault& fault) {  // what is kept can't be read: starting without it would hide it
    error = fault.what();
    return nullptr;
  }
  impl->http->serve(*impl->pipeline);
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

uint16_t Server::port() const {
  return impl_->http->port();
}

Server::~Server() {
  impl_->logs.stop();    // live tails would hold the HTTP server for the whole grace
  impl_->queues.stop();  // so would long polls
  impl_->http->stop(kStopGraceMs);
  impl_->uploads.reset();
  impl_->workers.reset();
  impl_->admin = Admin();  // answers drains, which hold connections, while the HTTP server's lanes are there
  impl_->buckets.stop();   // before the functions, queues and topics that it sends to
  impl_->function_runtime->stop();
  impl_->http_calls->stop();
  stop_timers(impl_->clock);
  std::string removable = impl_->options.ephemeral ? impl_->folder : "";
  impl_.reset();
  std::error_code ignored;
  if (!removable.empty()) std::filesystem::remove_all(removable, ignored);
}

}  // namespace millrace::server
