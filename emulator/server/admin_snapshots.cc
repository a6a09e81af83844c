#include "emulator/server/admin_snapshots.h"

#include <condition_variable>
#include <filesystem>

#include "emulator/base/account.h"
#include "emulator/base/mutex.h"
#include "emulator/base/system_time.h"
#include "emulator/base/version.h"
#include "emulator/server/account_data.h"

namespace millrace::server {

namespace fs = std::filesystem;
using protocol::HttpRequest;

namespace {

constexpr std::chrono::seconds kQuietMax{2};
constexpr std::chrono::seconds kOthersGrace{5};  // for requests of accounts that a change isn't about
constexpr Millis kUnmoved = 1000;                // a clock no farther from the machine's wasn't moved

std::string parameter(const HttpRequest& request, std::string_view name) {
  return protocol::query_value(protocol::parse_query(request.raw_query()), name).value_or("");
}

Json problem(const std::string& sentence) {
  return {{"message", sentence}};
}

/// Of the clock now, for a world that is made in a moment.
ClockStart as_it_is(const EmulatorClock& clock) {
  if (clock.frozen()) return {clock.now_ms(), true};
  const Millis offset = clock.now_ms() - system_time_ms();
  if (std::abs(offset) < kUnmoved) return {};
  return {system_time_ms() + offset, false};
}

/// A running clock stays as far from the machine's as it was, so that one that nobody moved shows the machine's time.
ClockStart clock_of(const Snapshot& snapshot) {
  if (snapshot.frozen) return {snapshot.clock_ms, true};
  if (std::abs(snapshot.clock_offset) < kUnmoved) return {};
  return {system_time_ms() + snapshot.clock_offset, false};
}

/// What a change takes away lies here until it is removed, after the new world has begun.
class Trash {
 public:
  explicit Trash(const std::string& data_folder) : folder_(data_folder + "/.replaced") { empty(); }
  ~Trash() { empty(); }
  std::string folder() const { return folder_; }
  void empty() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

 private:
  std::string folder_;
};

std::string account_or_sentence(const HttpRequest& request, std::string& account) {
  account = parameter(request, "account");
  if (!account.empty() && !is_account_id(account)) return account + " is no account: twelve digits.";
  return "";
}

/// What throws (a stored description that isn't one, say) is answered, too.
template <class Make>
protocol::HttpReply guarded_reply(Make&& make) {
  try {
    return make();
  } catch (const std::exception& error) {
    return json_reply(500, problem(error.what()));
  }
}

/// One route: its part runs on the changer's thread and says what to answer.
Admin::Handler on_changer(Worlds& worlds, std::function<protocol::HttpReply(Worlds&, const HttpRequest&)> part) {
  return [&worlds, part = std::move(part)](const HttpRequest& request, const Admin::Respond& respond) {
    auto change = [&worlds, part, request, respond] { respond(guarded_reply([&] { return part(worlds, request); })); };
    if (!worlds.post(std::move(change))) respond(json_reply(503, problem("The server ends.")));
  };
}

protocol::HttpReply answer(const std::string& wrong, const Json& fine) {
  return wrong.empty() ? json_reply(200, fine) : json_reply(400, problem(wrong));
}

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

Snapshot described(Worlds& worlds, const std::string& name, const std::string& account) {
  EmulatorClock& clock = worlds.current().clock();
  return {name,           system_time_ms(), std::string(version()),           account,
          clock.frozen(), clock.now_ms(),   clock.now_ms() - system_time_ms()};
}

protocol::HttpReply save(Worlds& worlds, const HttpRequest& request) {
  const auto start = std::chrono::steady_clock::now();
  const std::string name = parameter(request, "name");
  std::string account, wrong = account_or_sentence(request, account);
  if (wrong.empty() && !Snapshots::is_name(name))
    wrong = "needs ?name=: 1 to 64 letters, digits, dots, dashes and underscores";
  if (wrong.empty()) {
    Snapshot about = described(worlds, name, account);
    storage::Store& store = worlds.current().store();
    if (account.empty()) {
      wrong = worlds.snapshots().save(about, [&](const std::string& folder) { return store.checkpoint(folder); });
    } else {
      const auto view = store.snapshot_as_stored();  // others go on writing
      auto part = [&](const std::string& folder) { return worlds.account_data().copy(*view, account, folder); };
      wrong = worlds.snapshots().save(about, part);
    }
  }
  return answer(wrong, {{"saved", name}, {"milliseconds", milliseconds_since(start)}});
}

/// The whole server becomes what the snapshot holds.
std::string load_all(Worlds& worlds, const Snapshot& snapshot) {
  Trash trash(worlds.data_folder());
  const std::string copy = trash.folder() + "/store", store = worlds.data_folder() + "/store";
  std::string wrong = worlds.snapshots().copy_store(snapshot.name, copy);
  if (!wrong.empty()) return wrong;
  return worlds.replace({.alter = [&] { return swap_stores(store, copy); },
                         .undo = [&] { swap_stores(store, copy); },
                         .clock = clock_of(snapshot),
                         .forgets_faults = true});
}

/// One account becomes what the snapshot holds of it; the others and the clock stay.
std::string load_account(Worlds& worlds, const Snapshot& snapshot, const std::string& account) {
  Trash trash(worlds.data_folder());
  const std::string copy = trash.folder() + "/store";
  std::string wrong = worlds.snapshots().copy_store(snapshot.name, copy);
  if (!wrong.empty()) return wrong;
  const std::string store = worlds.data_folder() + "/store";
  return worlds.replace({.alter = [&] { return worlds.account_data().replace(store, account, copy); },
                         .clock = as_it_is(worlds.current().clock()),
                         .grace = kOthersGrace,
                         .waits_for_functions = true});
}

protocol::HttpReply load(Worlds& worlds, const HttpRequest& request) {
  const auto start = std::chrono::steady_clock::now();
  const std::string name = parameter(request, "name");
  std::string account, wrong = account_or_sentence(request, account);
  auto found = worlds.snapshots().find(name);
  if (auto* sentence = std::get_if<std::string>(&found); sentence && wrong.empty()) wrong = *sentence;
  if (!wrong.empty()) return json_reply(400, problem(wrong));
  const Snapshot& snapshot = std::get<Snapshot>(found);
  if (account.empty()) account = snapshot.account;
  if (!snapshot.account.empty() && account != snapshot.account)
    return json_reply(400, problem("The snapshot " + name + " is of account " + snapshot.account + " alone."));
  wrong = account.empty() ? load_all(worlds, snapshot) : load_account(worlds, snapshot, account);
  return answer(wrong, {{"loaded", name}, {"milliseconds", milliseconds_since(start)}});
}

std::string reset_all(Worlds& worlds) {
  Trash trash(worlds.data_folder());
  std::error_code failed;
  fs::create_directories(trash.folder(), failed);
  const std::string old = trash.folder() + "/store", store = worlds.data_folder() + "/store";
  return worlds.replace({.alter = [&] { return swap_stores(store, old); },
                         .undo = [&] { swap_stores(store, old); },
                         .clock = worlds.clock_at_start(),
                         .forgets_faults = true});
}

protocol::HttpReply reset(Worlds& worlds, const HttpRequest& request) {
  const auto start = std::chrono::steady_clock::now();
  const std::string service = parameter(request, "service");
  std::string account, wrong = account_or_sentence(request, account);
  if (wrong.empty() && !service.empty() && !is_kept_service(worlds.kept_entries(), service))
    wrong = "Nothing is kept of a service " + service + ". There are: " + kept_services(worlds.kept_entries()) + ".";
  if (wrong.empty() && account.empty() && service.empty()) {
    wrong = reset_all(worlds);
  } else if (wrong.empty()) {
    const std::string store = worlds.data_folder() + "/store";
    wrong = worlds.replace({.alter = [&] { return worlds.account_data().forget(store, account, service); },
                            .clock = as_it_is(worlds.current().clock()),
                            .grace = kOthersGrace,
                            .waits_for_functions = true});
  }
  return answer(wrong, {{"reset", true}, {"milliseconds", milliseconds_since(start)}});
}

protocol::HttpReply list(Worlds& worlds, const HttpRequest&) {
  Json all = Json::array();
  for (const Snapshot& snapshot : worlds.snapshots().list()) all.push_back(shown(snapshot));
  return json_reply(200, {{"snapshots", std::move(all)}});
}

protocol::HttpReply remove(Worlds& worlds, const HttpRequest& request) {
  const std::string name = parameter(request, "name");
  if (!worlds.snapshots().remove(name)) return json_reply(404, problem("There is no snapshot " + name + "."));
  return json_reply(200, {{"deleted", name}});
}

void export_one(Worlds& worlds, const HttpRequest& request, const Admin::Respond& respond) {
  auto made = worlds.snapshots().exported(parameter(request, "name"));
  if (auto* wrong = std::get_if<std::string>(&made)) return respond(json_reply(404, problem(*wrong)));
  protocol::HttpReply reply;
  reply.headers.set("Content-Type", "application/octet-stream");
  reply.stream = std::get<std::shared_ptr<protocol::BodySource>>(made);
  respond(std::move(reply));
}

void import_one(Worlds& worlds, const HttpRequest& request, const Admin::Respond& respond) {
  const std::string name = parameter(request, "name");
  if (!request.stream) return respond(json_reply(400, problem("needs an exported snapshot as its body")));
  respond(guarded_reply([&] {
    return answer(worlds.snapshots().import(name, *request.stream), {{"imported", name}});
  }));
}

}  // namespace

void wait_for_quiet(const World& world) {
  const auto end = std::chrono::steady_clock::now() + kQuietMax;
  Mutex mutex;
  std::condition_variable never;
  MutexLock lock(mutex);
  // Real time: what runs are processes. Nothing tells of the end of the last one.
  while (world.functions_running() > 0 && std::chrono::steady_clock::now() < end)
    lock.wait_for(never, std::chrono::milliseconds(1));
}

void add_snapshot_routes(Admin& admin, Worlds& worlds) {
  admin.add("POST reset", on_changer(worlds, reset));
  admin.add("GET snapshots", on_changer(worlds, list));
  admin.add("POST snapshots/save", on_changer(worlds, save));
  admin.add("POST snapshots/load", on_changer(worlds, load));
  admin.add("DELETE snapshots", on_changer(worlds, remove));
  admin.add(
      {"GET snapshots/export",
       [&worlds](const HttpRequest& request, const Admin::Respond& respond) { export_one(worlds, request, respond); },
       true});
  admin.add(
      {"PUT snapshots/import",
       [&worlds](const HttpRequest& request, const Admin::Respond& respond) { import_one(worlds, request, respond); },
       true});
}

}  // namespace millrace::server
