#include "emulator/server/server.h"

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>

#include "emulator/base/executor.h"
#include "emulator/base/log.h"
#include "emulator/base/mutex.h"
#include "emulator/base/system_time.h"
#include "emulator/server/admin_guard.h"
#include "emulator/server/admin_snapshots.h"
#include "emulator/server/gate.h"
#include "emulator/server/init_scripts.h"
#include "emulator/server/world.h"

namespace millrace::server {

namespace {

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

ClockStart first_clock(const ServerOptions& options) {
  ClockStart start;
  start.frozen = !options.frozen_at.empty();
  if (start.frozen && options.frozen_at != "now") start.at = parse_iso(options.frozen_at);
  return start;
}

}  // namespace

/// In the order of construction; destroyed the other way round, so whatever calls goes before what it calls.
struct Server::Impl final : public Worlds {
  ServerOptions options;
  std::vector<MakeRoom> rooms;
  std::vector<KeptEntries> entries;  // of all rooms
  std::string folder;
  std::string admin_token;
  std::unique_ptr<Snapshots> kept;
  faults::FaultRules faults;
  Gate gate;
  std::unique_ptr<World> world;
  uint64_t worlds_made = 0;
  std::unique_ptr<HttpServer> http;
  std::unique_ptr<InitScripts> init_scripts;
  std::atomic<int64_t> changes_asked = 0;
  Mutex ending_mutex;
  bool ending GUARDED_BY(ending_mutex) = false;  // no further change begins
  // One thread for the server's life: it starts processes, which end with the thread that started them.
  std::unique_ptr<Executor> changer = std::make_unique<Executor>("a change of the world", 1);

  bool make_folder(std::string& error);
  bool make_world(const ClockStart& clock, std::string& error);
  void stop();

  // Worlds
  bool post(std::function<void()> change) override;
  World& current() override { return *world; }
  Snapshots& snapshots() override { return *kept; }
  const std::string& data_folder() override { return folder; }
  const std::vector<KeptEntries>& kept_entries() override { return entries; }
  AccountData account_data() override { return {entries, !options.ephemeral}; }
  ClockStart clock_at_start() override { return first_clock(options); }
  std::string replace(const Replacement& replacement) override;
};

bool Server::Impl::make_folder(std::string& error) {
  // Absolute: functions' processes have working directories of their own.
  folder = options.ephemeral ? make_ephemeral_folder()
                             : std::filesystem::absolute(options.data_folder).lexically_normal().string();
  if (folder.empty()) {
    error = "A temporary folder can't be made.";
    return false;
  }
  keep_private(folder);
  kept = std::make_unique<Snapshots>(folder);
  return true;
}

bool Server::Impl::make_world(const ClockStart& clock, std::string& error) {
  if (admin_token.empty()) admin_token = server::admin_token(folder);
  if (!init_scripts)
    init_scripts = std::make_unique<InitScripts>(InitScripts::Settings{
        options.init_folder.empty() ? folder + "/init/ready.d" : options.init_folder, folder,
        "http://" + reachable_host(options.host) + ":" + std::to_string(http->port()), options.region, admin_token});
  WorldPlace place{.options = options,
                   .kept = entries,
                   .faults = faults,
                   .folder = folder,
                   .admin_token = admin_token,
                   .port = http->port(),
                   .number = ++worlds_made,
                   .clock = clock,
                   .init_report = [this] { return init_scripts->report(); },
                   .add_routes = [this](Admin& admin) { add_snapshot_routes(admin, *this); }};
  world = World::make(place, rooms, error);
  return world != nullptr;
}

bool Server::Impl::post(std::function<void()> change) {
  MutexLock lock(ending_mutex);
  if (ending) return false;
  changes_asked.fetch_add(1);
  const bool queued = changer->post([this, change = std::move(change)] {
    change();
    changes_asked.fetch_sub(1);
  });
  if (!queued) changes_asked.fetch_sub(1);
  return queued;
}

std::string Server::Impl::replace(const Replacement& replacement) {
  if (replacement.waits_for_functions) wait_for_quiet(*world);
  gate.close();
  world->hang_up();
  gate.settle(replacement.grace, changes_asked);
  http->cut_streams();
  http->flush();
  gate.shut();
  world->end_work();
  http->flush();  // what the answers of its end hold of it
  world.reset();
  if (replacement.forgets_faults) faults.remove("", "");
  std::string error = replacement.alter();
  const bool altered = error.empty();
  std::string why;
  if (!make_world(replacement.clock, why)) {
    if (altered && replacement.undo) replacement.undo();
    error = why;
    if (!make_world(replacement.clock, why)) {
      log::error("The store can't be opened again: " + why);
      std::_Exit(1);  // what is on the disk is whole; a server without a world would only hang its clients
    }
  }
  gate.open(world->front(), worlds_made);
  return error;
}

/// What is there is stopped and goes, those that call before those that they call.
void Server::Impl::stop() {
  if (init_scripts) init_scripts->stop();
  {
    MutexLock lock(ending_mutex);
    ending = true;
  }
  std::promise<void> changed;  // the change under way ends; its thread stays until the end
  changer->post([&changed] { changed.set_value(); });
  changed.get_future().wait();
  if (world) world->hang_up();  // otherwise they would hold the HTTP server for the whole grace
  if (http) http->stop(kStopGraceMs);
  if (world) world->end_work();
  http.reset();
  world.reset();
  changer->stop();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

std::unique_ptr<Server> Server::start(const ServerOptions& options, const std::vector<MakeRoom>& rooms,
                                      std::vector<KeptEntries> kept, std::string& error) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->rooms = rooms;
  impl->entries = std::move(kept);
  if (!impl->make_folder(error)) return nullptr;
  std::unique_ptr<Server> server(new Server(std::move(impl)));  // stops what has begun, should the rest fail
  Impl& made = *server->impl_;
  made.http = HttpServer::bind({options.host, options.port, 0}, error);
  if (!made.http || !made.make_world(first_clock(options), error)) return nullptr;
  made.gate.open(made.world->front(), made.worlds_made);
  made.http->serve(made.gate);
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
