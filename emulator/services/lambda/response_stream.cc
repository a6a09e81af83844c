#include "emulator/services/lambda/response_stream.h"

namespace millrace::lambda {

using protocol::BodySource;

class StreamedBody::Source final : public BodySource {
 public:
  explicit Source(std::shared_ptr<StreamedBody> body) : body_(std::move(body)) {}
  ~Source() override { body_->abandon(); }
  std::optional<uint64_t> length() const override { return std::nullopt; }
  void next(std::function<void(Piece)> deliver) override { body_->pull(std::move(deliver)); }
  bool blocks() const override { return false; }

 private:
  std::shared_ptr<StreamedBody> body_;
};

std::shared_ptr<BodySource> StreamedBody::source() {
  return std::make_shared<Source>(shared_from_this());
}

void StreamedBody::push(std::string bytes, std::function<void()> taken) {
  put({std::move(bytes), false, false}, std::move(taken));
}
void StreamedBody::finish(std::string bytes) {
  put({std::move(bytes), true, false}, {});
}
void StreamedBody::fail() {
  put({"", true, true}, {});
}

void StreamedBody::put(BodySource::Piece piece, std::function<void()> taken) {
  Deliver deliver;
  {
    MutexLock lock(mutex_);
    if (!abandoned_ && !deliver_) {
      // The end may come while the last piece is still on its way.
      if (piece.last)
        ending_ = std::move(piece);
      else
        waiting_ = std::move(piece);
      if (taken) taken_ = std::move(taken);
      return;
    }
    deliver = std::exchange(deliver_, nullptr);
  }
  if (deliver) deliver(std::move(piece));
  if (taken) taken();
}

void StreamedBody::pull(Deliver deliver) {
  std::optional<BodySource::Piece> piece;
  std::function<void()> taken;
  {
    MutexLock lock(mutex_);
    if (waiting_)
      piece = std::exchange(waiting_, std::nullopt);
    else if (ending_)
      piece = std::exchange(ending_, std::nullopt);
    else
      deliver_ = std::move(deliver);
    if (piece) taken = std::exchange(taken_, nullptr);
  }
  if (!piece) return;
  deliver(std::move(*piece));
  if (taken) taken();
}

void StreamedBody::abandon() {
  std::function<void()> taken;
  {
    MutexLock lock(mutex_);
    abandoned_ = true;
    deliver_ = nullptr;
    taken = std::exchange(taken_, nullptr);
  }
  if (taken) taken();
}

}  // namespace millrace::lambda
