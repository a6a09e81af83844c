#pragma once
// The seam between the server and everything behind it: what a room tells the server of itself. `make_room` of each
// room gives one; emulator/services/all.cc lists them, and nothing else names them.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/base/work_in_progress.h"
#include "emulator/ports/ports.h"
#include "emulator/protocol/own_names.h"
#include "emulator/protocol/service.h"
#include "emulator/services/admin_route.h"
#include "emulator/services/service_context.h"

namespace millrace {

/// `--iam`: policies are enforced; evaluated and recorded, but nobody is refused; not looked at.
enum class IamMode { on, audit, off };

/// What `millrace serve` was told of functions.
struct FunctionOptions {
  std::string worker_binary = {};  // millrace-python; empty: beside our own binary
  bool retired_runtimes = false;   // functions with runtimes that AWS doesn't take any more can be made
  std::string layers_folder = {};  // zips of other accounts' layers, named by ARN; besides <data folder>/layers
  std::string python_site = {};    // handlers' boto3 and what it needs; empty: Debian's
  std::string node_modules = {};   // node functions' AWS SDK; empty: none
};

/// What a room is made with: what its operations have, and what it was told.
struct RoomContext : ServiceContext {
  IamMode iam = IamMode::on;
  /// Of requests that name none.
  std::string default_region = "us-east-1";
  std::string default_account = "000000000000";
  /// `--allow-host`: names of ours beside localhost, every address and AWS's domains.
  std::vector<std::string> allowed_hosts = {};
  FunctionOptions functions = {};
};

/// One protocol in which a room is spoken to, and which requests are meant for it. The first rule that fits decides:
/// `owns`, target, scope, version, `claims`, `takes_the_rest`; of faces that fit alike the one that was listed first.
struct Face {
  using Predicate = std::function<bool(const protocol::HttpRequest&)>;

  std::shared_ptr<protocol::Service> service;
  std::vector<std::string> scopes = {};    // names in credential scopes, signatures must have the first: "sqs"
  std::vector<std::string> targets = {};   // `X-Amz-Target: <target>.<Operation>`: "AmazonSQS"
  std::vector<std::string> versions = {};  // `Version` of unsigned query requests: "2012-11-05"
  Predicate owns = {};                     // whoever signed it: a host name of its own, a path like /_lambda-url/
  Predicate claims = {};                   // what is unsigned and names neither target nor version
  bool takes_the_rest = false;             // what looks like nobody's; one face has it
  /// The host is the name of something that the room keeps (a bucket, a function), not of the endpoint.
  std::function<bool(const protocol::HostParts&)> owns_host = {};
  /// The endpoint's own face, one has it: it answers what browsers ask before a page's call, and this to `GET /`.
  std::string health = {};
};

/// What goes on after requests were answered, under the name that a drain which ran out of time gives it.
struct InProgress {
  std::string name;
  WorkInProgress* work;
};

/// The parts that a room hasn't got stay empty. Rooms are made in the list's order and destroyed in the opposite one.
struct Room {
  std::string name;  // its folder's: "sqs"
  /// What the room is made of, where nothing else keeps it; goes last.
  std::shared_ptr<void> state = {};
  std::vector<Face> faces = {};
  std::vector<InProgress> in_progress = {};
  std::vector<AdminRoute> admin_routes = {};
  Json health = {};  // members of GET /_millrace/health
  /// All rooms are made, nobody asks yet: background work begins, and what an earlier run left is taken up. In the
  /// list's order; what was sent to a room before its turn must not be lost, nor done twice.
  std::function<void()> start = {};
  /// The server is about to end and connections are open: those whom the room lets wait (long polls) are answered.
  std::function<void()> hang_up = {};
  /// No request runs any longer, all rooms are there: work that sends to other rooms ends.
  std::function<void()> stop_sending = {};
  /// After that, in the opposite order of making: everything that runs ends. Timers still may fire afterwards.
  std::function<void()> stop = {};
};

/// What the room needs of others it finds in `ports`, offered by those before it in the list, and it offers its own. May
/// throw StoreFault: what is kept can't be read.
using MakeRoom = Room (*)(const RoomContext& context, ports::Ports& ports);

}  // namespace millrace
