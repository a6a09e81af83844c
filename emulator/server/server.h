#pragma once
// The whole emulator in one object: what the command line starts and the tests embed.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace millrace::server {

enum class IamMode { on, audit, off };

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
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> allowed_origins;  // in lower case
  std::string worker_binary;                 // millrace-python; empty: beside our own binary
  bool retired_runtimes = false;
  std::string layers_folder;  // zips of other accounts' layers, named by ARN; besides <data folder>/layers
  std::string python_site;    // handlers' boto3 and what it needs; empty: Debian's
  std::string node_modules;   // node functions' AWS SDK; empty: none
};

class Server {
 public:
  /// Opens the store, wires the services, listens. nullptr and a sentence for a person in `error` if it can't.
  static std::unique_ptr<Server> start(const ServerOptions& options, std::string& error);
  ~Server();  // stops accepting, finishes what runs, flushes, closes
  uint16_t port() const;
  /// The admin API's token and where it is kept, for a person.
  std::string admin_token() const;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::server
