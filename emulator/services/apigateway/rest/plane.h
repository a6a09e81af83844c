#pragma once
// The data plane of REST APIs: requests to what is deployed, from the route to the answer.

#include <memory>

#include "emulator/services/apigateway/api_request.h"
#include "emulator/services/apigateway/outside.h"
#include "emulator/services/apigateway/rest/admission.h"
#include "emulator/services/apigateway/rest/exchange.h"
#include "emulator/services/apigateway/rest/log.h"
#include "emulator/services/apigateway/throttle.h"

namespace millrace::apigateway::rest {

class Plane {
 public:
  Plane(Gateway& gateway, Outside outside);

  /// True if the id is a REST API's.
  bool owns(const std::string& api) const;
  /// What an AWS_IAM method asks of its caller.
  Result<protocol::AccessNeeds> needs(const protocol::Call& call, const ApiRequest& request);
  void run(std::shared_ptr<protocol::Call> call, const ApiRequest& request, protocol::Responder respond);
  /// The pipeline's own refusals in the API's words: bad signatures, denied callers, bodies that are too large.
  protocol::HttpReply refusal(const protocol::Call& call, const ApiRequest& request, const AwsError& error);

 private:
  /// The exchange as far as the request leads; the error is the client's answer.
  Result<void> find_route(Exchange& exchange, const ApiRequest& request);
  /// Beyond the method's or the account's rate: 429.
  Result<void> within_rates(const Exchange& exchange);
  void admitted(const std::shared_ptr<Exchange>& exchange);
  void finish(const std::shared_ptr<Exchange>& exchange, Result<protocol::HttpReply> result);
  /// Logs and metrics.
  void tell(const Exchange& exchange, const protocol::HttpReply& reply);
  void add_headers(const Exchange& exchange, protocol::HttpReply& reply, bool by_gateway) const;

  Gateway& gateway_;
  Outside outside_;
  Lives lives_;
  UsagePlans plans_;
  Throttle throttle_;
  RequestLogs log_;
};

/// Words for what the pipeline refuses, as REST APIs say it.
AwsError sign_in_refusal(protocol::SignInError error);
AwsError denied(const protocol::Denial& denial);

}  // namespace millrace::apigateway::rest
