#pragma once
// WebSocket APIs at work: connections, their routes, and @connections. Connections live in memory and end with the server.

#include <map>
#include <memory>
#include <string>

#include "emulator/base/mutex.h"
#include "emulator/protocol/web_socket.h"
#include "emulator/services/apigateway/authorizers.h"
#include "emulator/services/apigateway/outside.h"

namespace millrace::apigateway {

/// One client's connection.
struct Connection {
  std::string id;
  std::shared_ptr<protocol::Call> call;  // the request that opened it
  std::string api, stage;
  Json authorizer;  // requestContext.authorizer's content; null: none
  Millis connected_ms = 0;
  std::atomic<Millis> active_ms = 0;
  Mutex mutex;
  std::shared_ptr<protocol::WebSocket> socket GUARDED_BY(mutex);  // null until it is open
  TimerId life GUARDED_BY(mutex) = 0;                             // ends it when its two hours are over
};

class WebSockets {
 public:
  WebSockets(Gateway& gateway, const Outside& outside, RequestAuthorizers& authorizers)
      : gateway_(gateway), outside_(outside), authorizers_(authorizers) {}

  /// A request to upgrade: runs $connect; the answer is the upgrade or the refusal.
  void connect(std::shared_ptr<protocol::Call> call, Live live, protocol::Responder respond);
  /// POST, GET and DELETE of `@connections/{id}`.
  Result<protocol::HttpReply> manage(const protocol::Call& call, const std::string& api, const std::string& stage,
                                     const std::string& id);

  /// Ends the connections of a stage; of all of the API's stages where `stage` is empty.
  void close_all(const std::string& api, const std::string& stage);

  // The connection's own calls.
  void opened(const std::shared_ptr<Connection>& connection, std::shared_ptr<protocol::WebSocket> socket);
  void received(const std::shared_ptr<Connection>& connection, std::string text);
  void ended(const std::shared_ptr<Connection>& connection, uint16_t code, const std::string& reason);

 private:
  std::shared_ptr<Connection> find(const std::string& id) const;
  void admitted(const std::shared_ptr<Connection>& connection, const std::shared_ptr<const Live>& live,
                const Route* route, const protocol::Responder& respond);
  /// Runs a route's integration with an event; `done` gets its answer's status and body, or status 0 where it failed.
  /// Then logs and metrics are told.
  struct Ran {
    int status = 0;
    std::string body;
    Json headers;
    std::string error = {};  // why there is no status
  };
  void run(const std::shared_ptr<Connection>& connection, std::shared_ptr<const Live> live, const Route& route,
           Json event, std::function<void(Ran)> done);
  Json context(const Connection& connection, const Live& live, const std::string& route, const char* type);
  std::string short_id() const;

  Gateway& gateway_;
  Outside outside_;
  RequestAuthorizers& authorizers_;
  static constexpr size_t kConnectionsMax = 4096;  // as many as the server takes at all
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<Connection>> connections_ GUARDED_BY(mutex_);
};

/// The route key that a message selects: `$request.body.action`, or `${request.body.a}/${request.body.b}`; "" where the
/// message doesn't say. Pure.
std::string selected_route(const std::string& expression, const std::string& message);

}  // namespace millrace::apigateway
