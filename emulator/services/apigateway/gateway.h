#pragma once
// The room's state: what it is given, and what deployments it has read.

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "emulator/base/mutex.h"
#include "emulator/services/apigateway/model.h"
#include "emulator/services/apigateway/state.h"
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
  explicit Gateway(ServiceContext context) : context(std::move(context)) {}

  ServiceContext context;

  std::string new_id(size_t length) { return context.random.text(length, "abcdefghijklmnopqrstuvwxyz0123456789"); }

  /// The API with this id, whoever owns it; ids compare in lower case.
  std::optional<Json> find_api(const std::string& id, Scope& scope) const;
  /// What answers a path: the stage that its first segment names (taken off `path`), else $default. nullopt: none.
  std::optional<Live> find_live(const std::string& api, std::string& path);

  /// Freezes routes, integrations and authorizers as they are in the change, and returns the deployment's document.
  Json deploy(storage::Txn& txn, const Scope& scope, const std::string& api, const std::string& description,
              bool automatic);
  /// A new deployment for each stage of the API that deploys by itself.
  void deploy_automatically(storage::Txn& txn, const Scope& scope, const std::string& api);

 private:
  std::shared_ptr<const Deployment> read_deployment(const storage::Reader& reader, const Scope& scope,
                                                    const std::string& api, const std::string& id);

  // Deployments never change once made, so what was read stays right. At the bound the oldest goes.
  static constexpr size_t kDeploymentsMax = 128;
  Mutex mutex_;
  std::list<std::pair<std::string, std::shared_ptr<const Deployment>>> read_ GUARDED_BY(mutex_);
};

}  // namespace millrace::apigateway
