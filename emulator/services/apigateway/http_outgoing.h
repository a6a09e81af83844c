#pragma once
// What an HTTP API's integrations other than functions send: HTTP_PROXY to other servers, and the subtypes, which are
// operations of services (`SQS-SendMessage`). Pure.

#include <optional>
#include <string>
#include <vector>

#include "emulator/ports/http_caller.h"
#include "emulator/ports/service_caller.h"
#include "emulator/services/apigateway/http_event.h"

namespace millrace::apigateway {

/// A service's operation behind `integrationSubtype`.
struct Subtype {
  const char* name;     // "SQS-SendMessage"
  const char* service;  // "sqs"
  const char* target;   // "AmazonSQS.SendMessage"
  const char* type;     // the content type
  std::vector<std::string> required;
};
/// nullptr: there is none of that name here.
const Subtype* find_subtype(const std::string& name);

/// `$request.header.x`, `$request.querystring.x`, `$request.path[.x]`, `$request.body[.json.path]`, `$context.x`,
/// `$stageVariables.x`, texts, and texts with `${...}` of these in them.
std::string parameter_value(const Routed& request, const std::string& expression);

ports::HttpCall http_call(const Routed& request, const Integration& integration);
/// The client's answer, with the mapping of its status.
protocol::HttpReply http_reply(const Routed& request, const Integration& integration, ports::HttpAnswer answer);

ports::ServiceCall subtype_call(const Routed& request, const Integration& integration, const Subtype& subtype);

}  // namespace millrace::apigateway
