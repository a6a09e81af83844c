#include "emulator/server/world.h"

#include <future>

#include "emulator/base/guard.h"
#include "emulator/base/store_fault.h"
#include "emulator/base/system_time.h"
#include "emulator/base/trace.h"
#include "emulator/ports/destinations.h"
#include "emulator/ports/environments.h"
#include "emulator/ports/function_debugging.h"
#include "emulator/ports/mapping_engine.h"
#include "emulator/server/account_data.h"
#include "emulator/server/admin_about.h"
#include "emulator/server/admin_clock.h"
#include "emulator/server/admin_drain.h"
#include "emulator/server/admin_faults.h"
#include "emulator/server/admin_guard.h"
#include "emulator/server/console.h"
#include "emulator/server/http_caller.h"
#include "emulator/server/page_events.h"
#include "emulator/server/pipeline.h"
#include "emulator/server/service_call.h"
#include "emulator/server/service_caller.h"

namespace millrace::server {

namespace {

constexpr size_t kWorkerThreads = 16;

/// Returns when no timer's function runs, and none will: they may refer to services, which go before the clock.
void stop_timers(EmulatorClock& clock) {
  clock.freeze();
  std::promise<void> idle;
  clock.at(clock.now_ms(), [&idle] { idle.set_value(); });  // after all that are due
  idle.get_future().wait();
}

storage::Durability durability_of(const ServerOptions& options) {
  if (options.ephemeral) return storage::Durability::none;
  return options.sync_writes ? storage::Durability::sync : storage::Durability::wal;
}

std::unique_ptr<Random> random_of(const ServerOptions& options) {
  if (options.seed) return std::make_unique<SeededRandom>(*options.seed);
  return std::make_unique<SystemRandom>();
}

}  // namespace

/// In the order of construction; destroyed the other way round, so whatever calls goes before what it calls.
struct World::Impl {
  explicit Impl(const WorldPlace& where) : place(where), random(random_of(where.options)) {}

  WorldPlace place;
  EmulatorClock clock;
  std::unique_ptr<Random> random;
  std::unique_ptr<storage::Store> store;
  WorkerThreads workers{kWorkerThreads};
  std::unique_ptr<UploadThreads> uploads = std::make_unique<UploadThreads>();
  ports::Ports ports;
  std::shared_ptr<ServiceCalls> service_calls;
  std::shared_ptr<InternalCaller> role_calls = std::make_shared<InternalCaller>(ports, clock);
  std::shared_ptr<HttpCalls> http_calls = std::make_shared<HttpCalls>();
  std::vector<Room> rooms;
  PageEvents page_events{clock};
  Admin admin;
  std::unique_ptr<ServiceDirectory> services;
  std::unique_ptr<protocol::SignIn> sign_in;
  std::unique_ptr<Pipeline> pipeline;
  bool work_ended = false;

  bool open_store(std::string& error);
  void start_clock();
  void make_rooms(const std::vector<MakeRoom>& list);
  void wire();
  AdminGuard admin_guard();
  void add_admin_routes();
  std::vector<AnsweredRequests> answered() const;
  void end_work();
};

bool World::Impl::open_store(std::string& error) {
  auto opened = storage::Store::open({place.folder + "/store", durability_of(place.options)});
  if (auto* sentence = std::get_if<std::string>(&opened)) {
    error = *sentence;
    return false;
  }
  store = std::move(std::get<std::unique_ptr<storage::Store>>(opened));
  spread_ids(*store, place.kept, random->next());
  return true;
}

void World::Impl::start_clock() {
  if (place.clock.frozen) clock.freeze();
  if (place.clock.at) clock.set(*place.clock.at);
}

void World::Impl::make_rooms(const std::vector<MakeRoom>& list) {
  const ServerOptions& options = place.options;
  RoomContext context{{*store, clock, clock, *random, "http://" + options.host + ":" + std::to_string(place.port),
                       place.folder + "/files"}};
  context.aws_delays = options.aws_delays;
  context.throttle = options.throttle;
  context.iam = options.iam;
  context.default_region = options.region;
  context.allowed_hosts = options.allowed_hosts;
  context.functions = options.functions;
  auto destinations = std::make_shared<ports::Destinations>(ports);
  ports.offer<ports::Destinations>(destinations);
  ports.offer<ports::Destination>(destinations);
  service_calls = std::make_shared<ServiceCalls>(clock, *random);
  ports.offer<ports::ServiceCalls>(*service_calls);
  ports.offer<ports::ServiceCaller>(*role_calls);
  ports.offer<ports::HttpCaller>(*http_calls);
  ports.offer(std::make_shared<ports::FunctionDebugging>(ports::FunctionDebugging{options.debug}));
  ports.offer<ports::Faults>(place.faults);
  for (MakeRoom make : list) rooms.push_back(make(context, ports));
  service_calls->connect(rooms);
}

void World::Impl::wire() {
  const ServerOptions& options = place.options;
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
                                 BrowserGuard(options.allowed_origins), clock, *random, workers, *uploads);
  pipeline->set_world(place.number);
  pipeline->set_faults(place.faults, clock);
  role_calls->connect(*pipeline);
  for (Room& room : rooms) {
    if (room.start) room.start();
  }
}

AdminGuard World::Impl::admin_guard() {
  return AdminGuard({place.admin_token, admin_token_file(place.folder),
                     place.options.verify_all_signatures || !is_loopback_address(place.options.host),
                     [environments = &ports.get<ports::Environments>()](const ConnectionEnds& ends) {
                       return environments->may_hold({ends.client.address().to_string(), ends.client.port()},
                                                     {ends.ours.address().to_string(), ends.ours.port()});
                     },
                     session_of(place.admin_token)});
}

void World::Impl::add_admin_routes() {
  admin = Admin([this](std::function<void()> work) { return workers.post(std::move(work)); });
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
  page_events.add_route(admin);
  add_clock_routes(admin, clock, health);
  add_drain_route(admin, std::move(drained));
  add_fault_routes(admin, place.faults, clock);
  if (place.add_routes) place.add_routes(admin);
  add_about_routes(admin, {place.options, place.folder, *store, clock, ports.get<ports::MappingEngine>(), scopes,
                           [this] { return answered(); }, place.init_report});
}

std::vector<AnsweredRequests> World::Impl::answered() const {
  std::vector<AnsweredRequests> out;
  if (!pipeline) return out;
  for (const RequestCounts::Count& one : pipeline->counts().counts())
    out.push_back({services->scope_of(one.service), one.operation, one.fine, one.refused, one.failed});
  return out;
}

void World::Impl::end_work() {
  if (std::exchange(work_ended, true)) return;
  uploads.reset();
  workers.finish();
  http_calls->stop();
  admin = Admin();  // answers drains, which hold connections, while the HTTP server's lanes are there
  for (Room& room : rooms) {
    if (room.stop_sending) room.stop_sending();
  }
  for (auto room = rooms.rbegin(); room != rooms.rend(); ++room) {
    if (room->stop) room->stop();
  }
  stop_timers(clock);
}

World::World(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

std::unique_ptr<World> World::make(const WorldPlace& place, const std::vector<MakeRoom>& rooms, std::string& error) {
  std::unique_ptr<World> world(new World(std::make_unique<Impl>(place)));  // stops what has begun, should the rest fail
  if (!world->impl_->open_store(error)) return nullptr;
  try {
    world->impl_->start_clock();
    if (place.options.trace) trace::start(world->impl_->clock);
    world->impl_->make_rooms(rooms);
    world->impl_->wire();
  } catch (const StoreFault& fault) {  // what is kept can't be read: starting without it would hide it
    error = fault.what();
    return nullptr;
  }
  return world;
}

World::~World() {
  impl_->end_work();
  impl_->pipeline.reset();
  impl_->sign_in.reset();
  impl_->services.reset();
  impl_->service_calls.reset();
  while (!impl_->rooms.empty()) impl_->rooms.pop_back();
  trace::stop();
}

Front& World::front() {
  return *impl_->pipeline;
}

storage::Store& World::store() {
  return *impl_->store;
}

EmulatorClock& World::clock() {
  return impl_->clock;
}

void World::hang_up() {
  impl_->page_events.stop();
  for (Room& room : impl_->rooms) {
    if (room.hang_up) room.hang_up();
  }
}

void World::end_work() {
  impl_->end_work();
}

size_t World::functions_running() const {
  return impl_->ports.get<ports::Environments>().busy();
}

}  // namespace millrace::server
