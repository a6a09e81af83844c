#pragma once
// The whole emulator in one object: what the command line starts and the tests embed.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/services/kept_entries.h"
#include "emulator/services/room.h"

namespace millrace::server {

struct ServerOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 4566;
  std::string data_folder = ".millrace";
  bool ephemeral = false;    // a temporary folder, removed at the end
  bool sync_writes = false;  // --durability sync
  std::string region = "us-east-1";
  IamMode iam = IamMode::on;
  bool verify_all_signatures = false;
  bool aws_delays = false;
  bool throttle = false;
  std::string init_folder =
      {};              // --init: scripts that are run when the server is ready; empty: <data folder>/init/ready.d
  bool debug = false;  // functions run under a debugger: ports/function_debugging.h
  bool trace = true;   // what happens is kept for `millrace trace` (emulator/base/trace.h)
  std::string frozen_at = {};         // the clock stands still at the start: "now", or an ISO time; empty: it runs
  std::optional<uint64_t> seed = {};  // of all randomness and ids; none: the system's
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> allowed_origins;  // in lower case
  FunctionOptions functions;
};

class Server {
 public:
  /// Opens the store, makes the rooms in their order, listens. `kept`: what all of them keep. nullptr and a sentence for a
  /// person in `error` if it can't.
  static std::unique_ptr<Server> start(const ServerOptions& options, const std::vector<MakeRoom>& rooms,
                                       std::vector<KeptEntries> kept, std::string& error);
  ~Server();  // stops accepting, finishes what runs, flushes, closes
  uint16_t port() const;
  /// Runs the init scripts, once the server accepts requests.
  void run_init_scripts();
  /// The admin API's token and where it is kept, for a person.
  std::string admin_token() const;
  /// What the page's address ends with where the admin API always wants its token: "?token=..."; empty otherwise.
  std::string page_query() const;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::server
