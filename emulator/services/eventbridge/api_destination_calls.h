#pragma once
// API destinations as targets: requests over HTTP to this machine, with what the destination's connection says of who is asking.
// A connection's secrets lie in Secrets Manager. Source: user guide, "API destinations as targets", "Connections".

#include <map>
#include <string>

#include "emulator/base/mutex.h"
#include "emulator/delivery/outside.h"
#include "emulator/ports/authority.h"
#include "emulator/ports/http_caller.h"
#include "emulator/ports/ports.h"
#include "emulator/ports/secrets.h"
#include "emulator/services/eventbridge/events.h"

namespace millrace::eventbridge {

class ApiDestinationCalls final : public delivery::Outside {
 public:
  /// Both outlive it.
  ApiDestinationCalls(Events& events, const ports::Ports& ports);

  bool sends_to(const std::string& target_arn) const override;
  void send(const std::string& target_arn, const ports::Message& message, const ports::Destination::Sender& sender,
            Done done) override;

 private:
  struct Request;
  Result<Request> prepare(const std::string& target_arn, const ports::Message& message,
                          const ports::Destination::Sender& sender);
  Millis next_turn(const std::string& destination_arn, int64_t per_second);
  void begin(Request request, Done done);
  void fetch_token(Request request, Done done);
  void call(Request request, const Done& done);

  static constexpr size_t kKeptMax = 1000;  // destinations whose rate, and connections whose token is remembered

  Events& events_;
  ports::HttpCaller& http_;
  ports::Late<ports::Secrets> secrets_;
  ports::Late<ports::Authority> authority_;
  Mutex mutex_;
  std::map<std::string, double> turns_ GUARDED_BY(mutex_);  // by destination: when the next request may go, ms
  struct Token {
    std::string text;
    Millis until = 0;
  };
  std::map<std::string, Token> tokens_ GUARDED_BY(mutex_);  // by connection ARN
};

/// The secret's value of a connection's AuthParameters, and its key parts as requests need them.
Json secret_of(const std::string& authorization_type, const Json& auth_parameters);

}  // namespace millrace::eventbridge
