#pragma once
// What answers a REST API's requests: a stage with the deployment that lies on it, as the data plane reads them.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/services/apigateway/recently_read.h"
#include "emulator/services/apigateway/rest/state.h"

namespace millrace::apigateway::rest {

/// A resource: where it is and its methods' documents.
struct Resource {
  std::string id, path;
  std::vector<std::string> segments;
  Json methods;
};

/// A deployment: immutable.
struct Deployment {
  std::string id;
  Json api;
  std::vector<Resource> resources;
  std::map<std::string, Json> authorizers, validators;  // by id
  std::map<std::string, Json> models, responses;        // by name, by type
};

/// Of what a deployment froze (frozen_api).
std::shared_ptr<const Deployment> deployment_of(const Json& snapshot, const std::string& id);

struct Live {
  std::string id;  // the API's
  Scope scope;
  std::string stage;
  Json stage_document = Json::object();
  std::map<std::string, std::string> variables;
  std::shared_ptr<const Deployment> deployment;
  bool disabled = false;  // disableExecuteApiEndpoint

  /// The types whose bodies are bytes: `image/*` patterns too.
  bool is_binary(std::string_view media_type) const;
};

class Lives {
 public:
  explicit Lives(Gateway& gateway) : gateway_(gateway) {}
  /// The stage that the path's first segment names, which is taken off; nullopt: none, or nothing deployed there.
  std::optional<Live> find(const std::string& api, std::string& path);

 private:
  std::shared_ptr<const Deployment> read(const storage::Reader& reader, const Scope& scope, const std::string& api,
                                         const std::string& id);
  Gateway& gateway_;
  RecentlyRead<Deployment> deployments_{64};  // they never change once made
};

/// Where a request's path leads.
struct Match {
  const Resource* resource = nullptr;
  std::map<std::string, std::string> values;  // path parameters, percent-encoded as sent
};

/// Literals before `{param}` before `{greedy+}`, segment by segment; a branch without an end falls back to a greedy one
/// higher up. A trailing slash doesn't count. nullopt: nothing has this path.
std::optional<Match> match_resource(const std::vector<Resource>& resources, std::string_view raw_path);

}  // namespace millrace::apigateway::rest
