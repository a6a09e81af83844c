#pragma once
// An operation as data: its name, its input, what its caller must be allowed, and its handler. One pipeline
// (emulator/server/pipeline.h) serves all of them: route, authenticate, check types and constraints, authorize,
// run, render.
//
// An operation lives in one file, as a function that returns it with its handler bound to the service's state:
//
//   Operation list_tables(Dynamodb& db) {
//     static const Shape input = structure({...});
//     return {.name = "ListTables", .input = &input,
//             .access = [](const Call&) { return AccessNeeds{{"dynamodb:ListTables", "*"}}; },
//             .handle = JsonHandler([&db](Call& call) -> Result<Json> { ... })};
//   }

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/result.h"
#include "emulator/protocol/http.h"
#include "emulator/protocol/shape.h"

namespace simdjson::dom {
class parser;
class element;
}  // namespace simdjson::dom

namespace millrace::protocol {

/// Who is asking, and where. Everything is scoped by account and region.
struct Caller {
  std::string account = "000000000000";
  std::string region = "us-east-1";
  std::string access_key_id;  // empty: anonymous
  std::string principal_arn = "arn:aws:iam::000000000000:root";
  std::string user_id;  // "AIDA...", "AROA...:session", or the account for root
  bool anonymous = false;
  /// True for keys that this emulator didn't issue: its account's root user, allowed everything.
  bool is_root = true;
};

/// Condition keys of a request: lower-case key to its values.
using ConditionContext = std::map<std::string, std::vector<std::string>>;

/// One thing the caller must be allowed: an action on a resource, with the keys that conditions may ask for.
struct AccessNeed {
  std::string action;                 // "dynamodb:PutItem"
  std::string resource;               // an ARN or "*"
  ConditionContext context = {};      // the service's keys; the pipeline adds the global ones
  std::string resource_policy = {};   // JSON text of the policy attached to the resource; empty: none
  std::string resource_account = {};  // the resource's owner where it isn't the caller's account
};
using AccessNeeds = std::vector<AccessNeed>;

struct Operation;
class Service;

/// One request on its way through the pipeline.
struct Call {
  HttpRequest http;
  QueryParameters query;
  Caller caller;
  const Operation* operation = nullptr;
  Service* service = nullptr;
  std::string request_id;
  Millis received_ms = 0;
  /// The input by the operation's member names: parsed body, path and query parameters together. Filled for every
  /// protocol but rest-xml and operations that take `dom_input`.
  Json input = Json::object();
  /// The body parsed by simdjson, for operations with dom_input; valid as long as the call.
  std::shared_ptr<simdjson::dom::parser> dom_parser;
  std::shared_ptr<const simdjson::dom::element> dom;
  /// Parts of the path named by the operation's template, decoded; S3 puts "Bucket" and "Key" here.
  std::map<std::string, std::string> path_parameters;
};

using Responder = std::function<void(Result<HttpReply>)>;

/// JSON in, JSON out; rendered by the service's protocol. May block: runs on the pool.
using JsonHandler = std::function<Result<Json>(Call&)>;
/// Builds the whole answer itself.
using ReplyHandler = std::function<Result<HttpReply>(Call&)>;
/// Answers later, by calling the responder exactly once, on any thread. Must not block.
using AsyncHandler = std::function<void(std::shared_ptr<Call>, Responder)>;

/// Where a handler runs: on the thread that read the request (short reads that never wait), or on the pool.
enum class Runs { pooled, inlined };

/// A member that travels in the query string or in a header (rest-json).
struct RestParameter {
  std::string member;
  std::string name;  // of the query parameter or header
  enum class In { query, header } in = In::query;
  enum class Type { string, integer, boolean, list } type = Type::string;
};

/// Where a rest-json operation is found, e.g. {"GET", "/2015-03-31/functions/{FunctionName}/policy", 200}.
struct RestBinding {
  std::string method;
  std::string path;
  int success_status = 200;
  std::vector<RestParameter> parameters = {};
  bool raw_body = false;  // the body is a payload, not the input's JSON (Invoke)
};

struct Operation {
  std::string name;
  const Shape* input = nullptr;  // no checks without one
  std::vector<RestBinding> rest = {};
  std::function<Result<AccessNeeds>(const Call&)> access = {};  // none: allowed to everybody (GetCallerIdentity)
  std::variant<JsonHandler, ReplyHandler, AsyncHandler> handle;
  Runs runs = Runs::pooled;
  bool dom_input = false;    // leave the body to simdjson: item operations
  bool checks_root = false;  // a resource policy may deny even the account's root (S3)
};

}  // namespace millrace::protocol
