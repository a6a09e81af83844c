#pragma once
// HTTP without sockets: what a request brings and what an answer carries.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::protocol {

/// Header fields in order; names compare without regard to case.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;
  /// The first value, or empty.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  void set(std::string_view name, std::string_view value);  // replaces
  void add(std::string_view name, std::string_view value);
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  size_t size() const { return fields_.size(); }

 private:
  std::vector<Field> fields_;
};

/// A request body that is read while it arrives. Used on a pool thread, which it may block; a client that sends
/// nothing for the idle limit ends it.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// Appends up to `max` bytes to `out`. `more`: there may be more; `end`: all was read; `cut_off`: the client
  /// went away or lied about the length, so nothing of the body may be kept.
  enum class State { more, end, cut_off };
  virtual State read(std::string& out, size_t max) = 0;
};

/// An answer's body that is produced while it is sent. `next` is called again only after `deliver` was called.
class BodySource {
 public:
  struct Piece {
    std::string bytes;
    bool last = false;
    bool failed = false;  // the connection is cut, so that the client notices
  };
  virtual ~BodySource() = default;
  /// Bytes in all, or nullopt when unknown (then it is sent chunked).
  virtual std::optional<uint64_t> length() const = 0;
  /// Asks for the next piece; `deliver` may be called on any thread, at once or later.
  virtual void next(std::function<void(Piece)> deliver) = 0;
  /// True if next() blocks on the disk: then it is called on a pool thread.
  virtual bool blocks() const { return true; }
};

/// A connection on which clients wait for answers.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual bool gone(uint64_t request) = 0;
  virtual void when_gone(uint64_t request, std::function<void()> then) = 0;
};

/// Who waits for a request's answer. One that came by no connection (an operation that another calls) never goes.
/// Looked for only from the first question on, so that it costs nothing where nobody asks. Thread-safe.
class Client {
 public:
  Client() = default;
  Client(std::weak_ptr<Connection> connection, uint64_t request)
      : connection_(std::move(connection)), request_(request) {}
  /// True once the client has closed the connection, or its own side of it, before its answer.
  bool gone() const {
    auto connection = connection_.lock();
    return connection && connection->gone(request_);
  }
  /// Calls `then` once, on the connection's thread, when the client goes; forgotten with the answer. Must not block.
  void when_gone(std::function<void()> then) const {
    if (auto connection = connection_.lock()) connection->when_gone(request_, std::move(then));
  }

 private:
  std::weak_ptr<Connection> connection_;
  uint64_t request_ = 0;  // its number on the connection
};

struct HttpRequest {
  std::string method;
  std::string target;  // as sent: raw path and query
  Headers headers;
  std::string body;                    // whole, unless the service asked to read it as it arrives
  std::shared_ptr<BodyReader> stream;  // then this
  std::string peer;                    // the client's address
  bool keep_alive = true;
  Client client;

  std::string_view raw_path() const;
  std::string_view raw_query() const;  // without '?'
};

/// Decoded query parameters in order; a name without '=' has an empty value.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;
QueryParameters parse_query(std::string_view raw);
/// The first value with that name.
std::optional<std::string> query_value(const QueryParameters& parameters, std::string_view name);

struct HttpReply {
  int status = 200;
  Headers headers;  // without Content-Length, Date, Connection: the session adds them
  std::string body;
  std::shared_ptr<BodySource> stream;  // instead of body
  bool close = false;                  // end the connection after this answer
};

}  // namespace millrace::protocol
