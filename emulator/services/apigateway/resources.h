#pragma once
// The parts of an API that are made, read, changed and deleted alike: a kind says how they are named and checked, and one
// set of operations serves all of them.

#include <functional>
#include <string>
#include <vector>

#include "emulator/services/apigateway/gateway.h"
#include "emulator/services/apigateway/state.h"

namespace millrace::apigateway {

struct Kind {
  const char* name;       // "Route": operations are CreateRoute, GetRoutes, ...
  const char* segment;    // of the path: "routes"
  const char* stored;     // of the document's key: "route"
  const char* id_member;  // "routeId"
  size_t id_length;
  // Of what hangs below a route or an integration: "routes", "routeId". Then documents have the parent's id in "_parent",
  // and their keys "parent/id".
  const char* parent_segment = nullptr;
  const char* parent_member = nullptr;
  bool is_deployed;  // a change of one makes a new deployment for stages that deploy by themselves
  protocol::Shape create;
  protocol::Shape update = protocol::structure({});
  std::vector<std::string> members;  // that a client sets
  /// Completes and checks a document before it is kept, at creation and change alike.
  std::function<Result<void>(const storage::Reader&, const Scope&, const Json& api, Json& document)> complete = {};
  /// Refuses a deletion (a part in use); may be empty.
  std::function<Result<void>(const storage::Reader&, const Scope&, const std::string& api, const std::string& id)>
      may_go = {};
  // Kinds that aren't made of a client's members alone (stages, deployments) say how they are made and changed. Both keep
  // the document themselves.
  std::function<Result<Json>(Gateway&, storage::Txn&, const Scope&, const Json& api, const Json& input)> make = {};
  std::function<Result<Json>(Gateway&, storage::Txn&, const Scope&, const Json& api, Json document, const Json& input)>
      change = {};
  /// What goes with one, inside the change; and what is told of it afterwards.
  std::function<void(storage::Txn&, const Scope&, const std::string& api, const Json& document)> erase_with = {};
  std::function<void(Gateway&, const std::string& api, const std::string& id)> gone = {};
};

const Kind& route_kind();
const Kind& integration_kind();
const Kind& authorizer_kind();
const Kind& route_response_kind();
const Kind& integration_response_kind();
const Kind& model_kind();
const Kind& stage_kind();       // stages.cc
const Kind& deployment_kind();  // deployments.cc

/// Create, Get, Get all, Update, Delete.
std::vector<protocol::Operation> operations_of(Gateway& gateway, const Kind& kind);

/// Makes a document of the kind inside a change; `input` are the members as a client gives them.
Result<Json> create_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const Kind& kind, const Json& api,
                       const Json& input);

}  // namespace millrace::apigateway
