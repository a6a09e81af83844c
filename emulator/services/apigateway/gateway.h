#pragma once
// The room's state: what it is given, and what deployments it has read.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "emulator/base/mutex.h"
#include "emulator/base/work_in_progress.h"
#include "emulator/services/apigateway/answer_cache.h"
#include "emulator/services/apigateway/custom_domains.h"
#include "emulator/services/apigateway/model.h"
#include "emulator/services/apigateway/recently_read.h"
#include "emulator/services/apigateway/state.h"
#include "emulator/services/apigateway/throttle.h"
#include "emulator/services/apigateway/usage.h"
#include "emulator/services/service_context.h"

namespace millrace::apigateway {

/// An API's stage with what is deployed there.
struct Live {
  Api api;
  Stage stage;
  std::shared_ptr<const Deployment> deployment;
};

class Gateway {
 public:
  explicit Gateway(ServiceContext given) : context(std::move(given)), domains(context.store), usage(context) {}

  ServiceContext context;
  AnswerCache answers;  // of Lambda authorizers
  CustomDomains domains;
  UsageCounters usage;  // of usage plans' keys
  Throttle throttle;    // of HTTP and WebSocket APIs' routes
  /// Told when a stage of a WebSocket API has gone ("": all of an API's): its connections end. Set once, before requests.
  std::function<void(const std::string& api, const std::string& stage)> stage_gone = [](const auto&, const auto&) {};
  /// Events of WebSocket connections whose integration runs: nobody waits for their answers but the clients.
  WorkInProgress socket_events;

  std::string new_id(size_t length) { return context.random.text(length, "abcdefghijklmnopqrstuvwxyz0123456789"); }

  /// A document as it is in the reader's view; parsed again only where its text has changed. nullptr: there is none.
  std::shared_ptr<const Json> document(const storage::Reader& reader, const std::string& key) const;

  /// The API with this id, whoever owns it; ids compare in lower case.
  std::optional<Json> find_api(const std::string& id, Scope& scope) const;
  /// What answers a path: the stage that its first segment names (taken off `path`), else $default. nullopt: none.
  std::optional<Live> find_live(const std::string& api, std::string& path);

  /// Takes one request or message from what the route's rate, and with --throttle the account's, lets through; false: too many.
  bool within_rates(const Live& live, const std::string& route_key);

  /// Freezes routes, integrations and authorizers as they are in the change, and returns the deployment's document.
  Json deploy(storage::Txn& txn, const Scope& scope, const std::string& api, const std::string& description,
              bool automatic);
  /// A new deployment for each stage of the API that deploys by itself.
  void deploy_automatically(storage::Txn& txn, const Scope& scope, const std::string& api);

 private:
  std::shared_ptr<const Deployment> read_deployment(const storage::Reader& reader, const Scope& scope,
                                                    const std::string& api, const std::string& id);

  struct Parsed {
    std::string text;
    std::shared_ptr<const Json> document;
  };
  static constexpr size_t kParsedMax = 512;  // at the bound all are read anew
  mutable Mutex parsed_mutex_;
  mutable std::unordered_map<std::string, Parsed> parsed_ GUARDED_BY(parsed_mutex_);

  RecentlyRead<Deployment> deployments_{128};  // they never change once made
};

}  // namespace millrace::apigateway
