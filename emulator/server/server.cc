#include "emulator/server/server.h"

#include <unistd.h>

#include <filesystem>
#include <future>

#include "emulator/base/guard.h"
#include "emulator/base/log.h"
#include "emulator/base/store_fault.h"
#include "emulator/base/system_time.h"
#include "emulator/base/trace.h"
#include "emulator/ports/destinations.h"
#include "emulator/ports/environments.h"
#include "emulator/ports/function_debugging.h"
#include "emulator/ports/mapping_engine.h"
#include "emulator/server/admin.h"
#include "emulator/server/admin_about.h"
#include "emulator/server/admin_clock.h"
#include "emulator/server/admin_drain.h"
#include "emulator/server/admin_guard.h"
#include "emulator/server/console.h"
#include "emulator/server/init_scripts.h"
#include "emulator/server/page_events.h"
#include "emulator/server/pipeline.h"
#include "emulator/server/service_call.h"
#include "emulator/server/service_caller.h"
#include "emulator/storage/store.h"

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

/// Where a program of this machine reaches a server that listens there.
std::string reachable_host(const std::string& host) {
  if (host == "0.0.0.0" || host == "::") return "127.0.0.1";
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
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
  std::string admin_token;
  EmulatorClock clock;
  SystemRandom random;
  std::unique_ptr<storage::Store> store;
  std::unique_ptr<WorkerThreads> workers;
  std::unique_ptr<UploadThreads> uploads;
  ports::Ports ports;
  std::shared_ptr<ServiceCalls> service_calls;
  std::shared_ptr<InternalCaller> role_calls = std::make_shared<InternalCaller>(ports, clock);
  std::shared_ptr<HttpCalls> http_calls = std::make_shared<HttpCalls>();
  std::vector<Room> rooms;
  std::unique_ptr<PageEvents> page_events;
  std::unique_ptr<InitScripts> init_scripts;
  Admin admin;
  std::unique_ptr<ServiceDirectory> services;
  std::unique_ptr<protocol::SignIn> sign_in;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<HttpServer> http;

  bool open_store(std::string& error);
  bool bind(std::string& error);
  void make_rooms(const std::vector<MakeRoom>& list);
  void wire();
  std::vector<AnsweredRequests> answered() const;
  AdminGuard admin_guard();
  void add_admin_routes();
  void stop();
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

void Server::Impl::make_rooms(const std::vector<MakeRoom>& list) {
  RoomContext context{
      {*store, clock, clock, random, "http://" + options.host + ":" + std::to_string(http->port()), folder + "/files"}};
  context.aws_delays = options.aws_delays;
  context.throttle = options.throttle;
  context.iam = options.iam;
  context.default_region = options.region;
  context.allowed_hosts = options.allowed_hosts;
  context.functions = options.functions;
  auto destinations = std::make_shared<ports::Destinations>(ports);
  ports.offer<ports::Destinations>(destinations);
  ports.offer<ports::Destination>(destinations);
  auto calls = std::make_shared<ServiceCalls>(clock, random);
  ports.offer<ports::ServiceCalls>(*calls);
  service_calls = calls;
  ports.offer<ports::ServiceCaller>(*role_calls);
  ports.offer<ports::HttpCaller>(*http_calls);
  ports.offer(std::make_shared<ports::FunctionDebugging>(ports::FunctionDebugging{options.debug}));
  for (MakeRoom make : list) rooms.push_back(make(context, ports));
  calls->connect(rooms);
}

void Server::Impl::wire() {
  auto& identity = ports.get<protocol::Identity>();
  services = std::make_unique<ServiceDirectory>(rooms, protocol::OwnNames(options.allowed_hosts));
  protocol::SignInOptions of_sign_in;
  of_sign_in.default_region = options.region;
  of_sign_in.machine_time = &system_time_ms;
  of_sign_in.scope_of = [this](const protocol::HttpRequest&, const protocol::Service* service) {
    return services->scope_of(service);
  };
  of_sign_in.verify_all_signatures = options.verify_all_signatures;
  sign_in = std::make_unique<protocol::SignIn>(std::move(of_sign_in), identity, clock);
  ports.offer(*sign_in);
  add_admin_routes();
  pipeline =
      std::make_unique<Pipeline>(*services, *sign_in, identity, admin, admin_guard(), HostGuard(options.allowed_hosts),
                                 BrowserGuard(options.allowed_origins), clock, random, *workers, *uploads);
  role_calls->connect(*pipeline);
  for (Room& room : rooms) {
    if (room.start) room.start();
  }
}

AdminGuard Server::Impl::admin_guard() {
  admin_token = server::admin_token(folder);
  return AdminGuard({admin_token, admin_token_file(folder),
                     options.verify_all_signatures || !is_loopback_address(options.host),
                     [environments = &ports.get<ports::Environments>()](const ConnectionEnds& ends) {
                       return environments->may_hold({ends.client.address().to_string(), ends.client.port()},
                                                     {ends.ours.address().to_string(), ends.ours.port()});
                     },
                     session_of(admin_token)});
}

void Server::Impl::add_admin_routes() {
  admin = Admin([this](std::function<void()> work) { return workers->post(std::move(work)); });
  Json health = Json::object();
  DrainedWork drained{ports.get<ports::MappingEngine>(), {}, [this](std::function<void()> fn) {
                        store->submit([](storage::Txn&) { return true; },
                                      [fn = std::move(fn)](storage::Outcome) { fn(); });
                      }};
  std::vector<std::string> scopes;
  for (const Room& room : rooms) {
    for (const Face& face : room.faces) scopes.insert(scopes.end(), face.scopes.begin(), face.scopes.end());
    for (const AdminRoute& route : room.admin_routes) admin.add(route);
    drained.others.insert(drained.others.end(), room.in_progress.begin(), room.in_progress.end());
    if (!room.health.is_null()) health.update(room.health);
  }
  add_console_routes(admin);
  page_events = std::make_unique<PageEvents>(clock);
  page_events->add_route(admin);
  add_clock_routes(admin, clock, health);
  add_drain_route(admin, std::move(drained));
  init_scripts = std::make_unique<InitScripts>(
      InitScripts::Settings{options.init_folder.empty() ? folder + "/init/ready.d" : options.init_folder, folder,
                            "http://" + reachable_host(options.host) + ":" + std::to_string(http->port()),
                            options.region, server::admin_token(folder)});
  add_about_routes(admin, {options, folder, *store, clock, ports.get<ports::MappingEngine>(), std::move(scopes),
                           [this] { return answered(); }, [this] { return init_scripts->report(); }});
}

std::vector<AnsweredRequests> Server::Impl::answered() const {
  std::vector<AnsweredRequests> out;
  if (!pipeline) return out;
  for (const RequestCounts::Count& one : pipeline->counts().counts())
    out.push_back({services->scope_of(one.service), one.operation, one.fine, one.refused, one.failed});
  return out;
}

/// What is there is stopped and goes, those that call before those that they call.
void Server::Impl::stop() {
  if (init_scripts) init_scripts->stop();
  for (Room& room : rooms) {
    if (room.hang_up) room.hang_up();  // otherwise they would hold the HTTP server for the whole grace
  }
  if (page_events) page_events->stop();
  http->stop(kStopGraceMs);
  uploads.reset();
  workers.reset();
  http_calls->stop();
  admin = Admin();  // answers drains, which hold connections, while the HTTP server's lanes are there
  for (Room& room : rooms) {
    if (room.stop_sending) room.stop_sending();
  }
  for (auto room = rooms.rbegin(); room != rooms.rend(); ++room) {
    if (room->stop) room->stop();
  }
  stop_timers(clock);
  http.reset();
  pipeline.reset();
  sign_in.reset();
  services.reset();
  service_calls.reset();
  while (!rooms.empty()) rooms.pop_back();
  trace::stop();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

std::unique_ptr<Server> Server::start(const ServerOptions& options, const std::vector<MakeRoom>& rooms,
                                      std::string& error) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  if (!impl->open_store(error)) return nullptr;
  impl->workers = std::make_unique<WorkerThreads>(kWorkerThreads);
  impl->uploads = std::make_unique<UploadThreads>();
  if (!impl->bind(error)) return nullptr;
  if (options.trace) trace::start(impl->clock);
  std::unique_ptr<Server> server(new Server(std::move(impl)));  // stops what has begun, should the rest fail
  try {
    server->impl_->make_rooms(rooms);
    server->impl_->wire();
  } catch (const StoreFault& fault) {  // what is kept can't be read: starting without it would hide it
    error = fault.what();
    return nullptr;
  }
  server->impl_->http->serve(*server->impl_->pipeline);
  return server;
}

void Server::run_init_scripts() {
  impl_->init_scripts->start();
}

uint16_t Server::port() const {
  return impl_->http->port();
}

std::string Server::page_query() const {
  const bool wanted = impl_->options.verify_all_signatures || !is_loopback_address(impl_->options.host);
  return wanted ? "?token=" + impl_->admin_token : "";
}

std::string Server::admin_token() const {
  return impl_->admin_token + " (in " + admin_token_file(impl_->folder) + ")";
}

Server::~Server() {
  impl_->stop();
  std::string removable = impl_->options.ephemeral ? impl_->folder : "";
  impl_.reset();
  std::error_code ignored;
  if (!removable.empty()) std::filesystem::remove_all(removable, ignored);
}

}  // namespace millrace::server
