#pragma once
// The data plane of HTTP APIs: requests to what is deployed, from the route to the answer.

#include <memory>

#include "emulator/services/apigateway/api_request.h"
#include "emulator/services/apigateway/authorizers.h"
#include "emulator/services/apigateway/gateway.h"
#include "emulator/services/apigateway/http_log.h"
#include "emulator/services/apigateway/key_sets.h"
#include "emulator/services/apigateway/outside.h"

namespace millrace::apigateway {

struct Flight;

class HttpPlane {
 public:
  HttpPlane(Gateway& gateway, const Outside& outside, RequestAuthorizers& authorizers)
      : gateway_(gateway),
        outside_(outside),
        authorizers_(authorizers),
        keys_(gateway.context.files_folder, gateway.context.clock, outside.http) {}

  /// What an AWS_IAM route asks of its caller. `live`: what find_live gave for the request, `path` what it left of its path.
  Result<protocol::AccessNeeds> needs(const protocol::Call& call, const Live& live, const std::string& path) const;
  /// Whether the request's route is an AWS_IAM route.
  static bool asks_iam(const protocol::Call& call, const Live& live, const std::string& path);
  /// `live` null: there is no such API or stage. `by_domain`: the request came by a custom domain name.
  void run(std::shared_ptr<protocol::Call> call, std::optional<Live> live, const std::string& path, bool by_domain,
           const protocol::Responder& respond);
  /// The answer to a request that was refused before its route came to it (an AWS_IAM route's caller may not): with CORS, a
  /// line in the access log, and in the metrics.
  protocol::HttpReply refuse(const protocol::Call& call, Live live, const std::string& path, const AwsError& error);

 private:
  void answer(const std::shared_ptr<Flight>& flight, Result<protocol::HttpReply> result);
  void admit(const std::shared_ptr<Flight>& flight, std::function<void(Admission)> done);
  void admitted(const std::shared_ptr<Flight>& flight, Admission admission);
  void integrate(const std::shared_ptr<Flight>& flight);

  Gateway& gateway_;
  const Outside outside_;
  RequestAuthorizers& authorizers_;
  KeySets keys_;
};

/// An error as HTTP and WebSocket APIs write it: `{"message": ...}`.
protocol::HttpReply http_error_reply(const AwsError& error);

namespace http_errors {
AwsError not_found();
AwsError forbidden();
AwsError internal_error();
AwsError too_large();
}  // namespace http_errors

}  // namespace millrace::apigateway
