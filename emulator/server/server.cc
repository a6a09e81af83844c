#include "emulator/server/server.h"

#include <unistd.h>

#include <filesystem>

#include "emulator/base/log.h"
#include "emulator/server/admin.h"
#include "emulator/server/admin_clock.h"
#include "emulator/server/pipeline.h"
#include "emulator/services/dynamodb/service.h"
#include "emulator/services/iam/service.h"
#include "emulator/services/lambda/service.h"
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
constexpr int kStopGraceMs = 5000;  // running requests get this long to end at shutdown

/// A fresh folder under the system's temporary one, removed by the Server's destructor.
std::string make_ephemeral_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "millrace-XXXXXX").string();
  return mkdtemp(pattern.data()) ? pattern : "";
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
  ServiceDirectory services;
  iam::Room iam;
  Admin admin;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<HttpServer> http;

  bool open_store(std::string& error);
  void wire();
  bool listen(std::string& error);
};

bool Server::Impl::open_store(std::string& error) {
  folder = options.ephemeral ? make_ephemeral_folder() : options.data_folder;
  if (folder.empty()) {
    error = "A temporary folder can't be made.";
    return false;
  }
  auto opened = storage::Store::open({folder + "/store", options.sync_writes ? storage::Durability::sync : storage::Durability::wal});
  if (auto* sentence = std::get_if<std::string>(&opened)) {
    error = *sentence;
    return false;
  }
  store = std::move(std::get<std::unique_ptr<storage::Store>>(opened));
  return true;
}

void Server::Impl::wire() {
  ServiceContext context{*store, clock, clock, random, "http://" + options.host + ":" + std::to_string(options.port),
                         folder + "/files", options.aws_delays, options.throttle};
  tables = std::make_unique<tables::Tables>(*store, clock, random);
  auto dynamodb = dynamodb::make_service(context, *tables, nullptr);
  services.add("dynamodb", dynamodb);
  services.add_target("DynamoDB_20120810", dynamodb);
  services.add_target("DynamoDBStreams_20120810", streams::make_service(context, *tables));
  auto logs = logs::make_service(context);
  services.add("logs", logs);
  services.add_target("Logs_20140328", logs);
  iam = iam::make_room(context, options.iam == IamMode::off ? iam::Mode::off : options.iam == IamMode::audit ? iam::Mode::audit : iam::Mode::on);
  services.add("iam", iam.service);
  services.add_version("2010-05-08", iam.service);
  auto sts = sts::make_service(context, iam.sessions);
  services.add("sts", sts);
  services.add_version("2011-06-15", sts);
  services.add("lambda", lambda::make_service(context));
  services.add("s3", s3::make_service(context));
  queues = sqs::make_services(context);
  services.add("sqs", queues.query);
  services.add_target("AmazonSQS", queues.json);
  services.add_version("2012-11-05", queues.query);
  auto sns = sns::make_service(context);
  services.add("sns", sns);
  services.add_version("2010-03-31", sns);

  add_clock_routes(admin, clock);
  pipeline = std::make_unique<Pipeline>(
      PipelineOptions{options.region, "000000000000", options.verify_all_signatures}, services, *iam.identity, admin,
      HostGuard(options.allowed_hosts), clock, random, *workers);
}

bool Server::Impl::listen(std::string& error) {
  http = HttpServer::listen({options.host, options.port, 0}, *pipeline, error);
  return http != nullptr;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

std::unique_ptr<Server> Server::start(const ServerOptions& options, std::string& error) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  if (!impl->open_store(error)) return nullptr;
  impl->workers = std::make_unique<WorkerThreads>(kWorkerThreads);
  impl->wire();
  if (!impl->listen(error)) return nullptr;
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

uint16_t Server::port() const { return impl_->http->port(); }

Server::~Server() {
  impl_->http->stop(kStopGraceMs);
  impl_->workers.reset();
  std::string removable = impl_->options.ephemeral ? impl_->folder : "";
  impl_.reset();
  std::error_code ignored;
  if (!removable.empty()) std::filesystem::remove_all(removable, ignored);
}

}  // namespace millrace::server
