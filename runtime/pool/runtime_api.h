#pragma once
// The server side of the Lambda Runtime API (2018-06-01) for one execution environment's process: an HTTP/1.1
// listener of its own on 127.0.0.1. Whoever connects must be one of the environment's processes: another function's
// would take its events and answer for it. Beast stays behind this header.
// Everything runs on the io_context's one thread.

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "emulator/base/clock.h"
#include "runtime/pool/extensions.h"

namespace millrace::pool {

/// What a function may stream [AWS quota].
inline constexpr size_t kStreamedBytesMax = 200 * 1024 * 1024;

/// One answer to GET /runtime/invocation/next.
struct WorkItem {
  std::string request_id;
  std::string payload;
  Millis deadline_ms = 0;  // of the system's clock, which the handler's time.time() shows too
  std::string function_arn;
  std::string trace_id;
  std::string client_context;
  std::string tenant_id = {};
};

/// What the process told us. Called on the io_context's thread.
struct RuntimeApiEvents {
  /// Whether one of the environment's processes holds the socket at the other end of a connection; nothing while it
  /// isn't known yet which processes these are (see peers_known). Without it everybody does.
  std::function<std::optional<bool>(uint64_t socket)> is_own;
  std::function<void()> next;  // it asked for work: it is initialised, or done with the last invocation
  std::function<void(const std::string& request_id, std::string body)> response;
  std::function<void(const std::string& request_id)> response_too_large;
  /// A piece of a streamed response; the next one is read after `more`. `response` with an empty body, or
  /// `error`, ends it.
  std::function<void(const std::string& request_id, const std::string& content_type, std::string piece,
                     std::function<void()> more)>
      piece;
  std::function<void(const std::string& request_id, const std::string& type, std::string body)> error;
  std::function<void(const std::string& type, std::string body)> init_error;
};

class RuntimeApi {
 public:
  /// `extensions` answers what extensions ask; null where there are none and none may come.
  RuntimeApi(boost::asio::io_context& io, RuntimeApiEvents events, std::shared_ptr<Extensions> extensions = nullptr);
  ~RuntimeApi();
  RuntimeApi(const RuntimeApi&) = delete;

  /// "127.0.0.1:40123"; empty if no port could be had.
  const std::string& address() const;
  /// The environment has a process more: connections that waited to be told apart go on.
  void peers_known();
  /// Answers the waiting GET next, or the one to come. One item at a time.
  void deliver(WorkItem item);
  /// Calls `done` when all that the ended process had sent has been read and its connections are closed.
  void when_drained(std::function<void()> done);

  struct State;  // runtime_api.cc's own

 private:
  std::shared_ptr<State> state_;
};

}  // namespace millrace::pool
