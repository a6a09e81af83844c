#pragma once
// What the gateway itself answers: errors as gateway responses, which an API may word for itself.

#include "emulator/protocol/http.h"
#include "emulator/services/apigateway/rest/exchange.h"

namespace millrace::apigateway::rest {

/// An error by the type of its gateway response, with that type's status. `message` as AWS words it.
AwsError gateway_error(const std::string& type, std::string message);
/// 403 `{"Message": ...}`: authorizers and policies write it so.
AwsError access_denied_error(std::string message);
/// 500 `{"message": null}`
AwsError authorizer_error();
/// 500, 502 and 504 of integrations.
AwsError internal_server_error();
AwsError bad_gateway_error();

/// True for an error made by the functions above.
bool is_gateway_error(const AwsError& error);
/// The answer: by the API's own gateway response of that type, DEFAULT_4XX or DEFAULT_5XX, else AWS's.
protocol::HttpReply gateway_reply(Exchange& exchange, const AwsError& error);

/// Plain substitution of `$context.x`, `$stageVariables.x` and `$method.request...`: gateway responses and access logs.
/// `missing` stands for what has no value.
std::string substituted(const Exchange& exchange, const Json& context, const std::string& text,
                        const std::string& missing);

}  // namespace millrace::apigateway::rest
