#pragma once
// A function's response on its way to an HTTP client piece by piece (response streaming): the function's side pushes,
// the connection's side pulls, and at most one piece lies between them.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "emulator/base/mutex.h"
#include "emulator/protocol/http.h"

namespace millrace::lambda {

class StreamedBody : public std::enable_shared_from_this<StreamedBody> {
 public:
  /// The next piece may be pushed after `taken` was called (at once if the client has gone).
  void push(std::string bytes, std::function<void()> taken);
  /// The body's end, after some last bytes.
  void finish(std::string bytes);
  /// Cuts the connection, so that the client notices.
  void fail();
  /// What the reply carries; to be called once.
  std::shared_ptr<protocol::BodySource> source();

 private:
  class Source;
  using Deliver = std::function<void(protocol::BodySource::Piece)>;
  void put(protocol::BodySource::Piece piece, std::function<void()> taken);
  void pull(Deliver deliver);
  void abandon();

  Mutex mutex_;
  std::optional<protocol::BodySource::Piece> waiting_ GUARDED_BY(mutex_), ending_ GUARDED_BY(mutex_);
  std::function<void()> taken_ GUARDED_BY(mutex_);
  Deliver deliver_ GUARDED_BY(mutex_);
  bool abandoned_ GUARDED_BY(mutex_) = false;
};

}  // namespace millrace::lambda
