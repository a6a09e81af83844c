#pragma once
// The event that an HTTP API's function gets, in payload formats 2.0 and 1.0, and the answer made of what it returns.

#include <optional>
#include <string>

#include "emulator/protocol/operation.h"
#include "emulator/services/apigateway/model.h"

namespace millrace::apigateway {

/// A request that has found its route.
struct Routed {
  const protocol::Call& call;
  const Api& api;
  const Stage& stage;
  const Route& route;
  std::string raw_path;                       // as sent, below the stage: what routes match
  std::map<std::string, std::string> values;  // path parameters
  Json authorizer;                            // requestContext.authorizer's content; null: none

  /// What `rawPath` says: the path with the stage in front unless that is $default.
  std::string shown_path() const;
  std::string source_ip() const;
  /// `abc123.execute-api.us-east-1.amazonaws.com`, or the name and port by which the client came.
  std::string domain_name() const;
};

/// The trace of a request that brings none.
std::string trace_root(const protocol::Call& call);

/// JSON text, by the payload format version.
std::string event_2_0(const Routed& request);
std::string event_1_0(const Routed& request);
/// The event of a REQUEST authorizer, payload formats 2.0 and 1.0. `arn` is the route's ARN with the actual path.
std::string authorizer_event_2_0(const Routed& request, const std::string& arn,
                                 const std::vector<std::string>& identities);
std::string authorizer_event_1_0(const Routed& request, const std::string& arn,
                                 const std::vector<std::string>& identities);

/// What a function's result becomes; nullopt where it is malformed for its format (then the gateway answers 500).
std::optional<protocol::HttpReply> reply_2_0(const std::string& result);
std::optional<protocol::HttpReply> reply_1_0(const std::string& result);

}  // namespace millrace::apigateway
