#pragma once
// What is run when the server is ready: the files of `init/ready.d` in the data folder, or of `--init DIR`, in the order of
// their names: *.sh by sh, *.py by python3, *.tf and folders with such by terraform, whose state stays in the data folder. Each gets
// the variables that a shell needs to reach the server. What they print comes to the log, line by line.

#include <functional>
#include <memory>
#include <string>

#include "emulator/base/json.h"

namespace millrace::server {

class InitScripts {
 public:
  struct Settings {
    std::string folder;       // empty or missing: nothing is run
    std::string data_folder;  // where Terraform's state stays
    std::string endpoint_url, region, admin_token;
  };
  explicit InitScripts(Settings settings);
  ~InitScripts();
  /// Runs them one after the other on a thread of its own. Without any nothing is begun.
  void start();
  /// Ends what runs. Idempotent.
  void stop();
  /// As `/_localstack/init` tells: {"completed": {...}, "scripts": [{"stage": "READY", "name", "state"}]}.
  Json report() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace millrace::server
