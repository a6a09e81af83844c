#pragma once
// The Lineage of X-Amzn-Trace-Id: how often a chain of events has gone through a function. SDKs in functions send on the
// header that they were given, queues and topics keep it, and so a loop is seen.
// `Lineage=1:fc3b4ff1:0,1:0a3b22c1:4`: a version, eight digits for the function, and the count, from 0.

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

/// How often the chain has run the function; 0 for a header that doesn't name it.
int64_t times_through(std::string_view trace_header, std::string_view function_arn);
/// The header as the function is given it: with one time more. Without a trace in `trace_header`, of the new trace `root`.
std::string gone_through(std::string_view trace_header, std::string_view function_arn, std::string_view root);

/// The header as it leaves a service that AWS doesn't count: API Gateway and EventBridge pass on the trace alone, so that
/// functions that call themselves by them aren't stopped.
std::string without_lineage(std::string_view trace_header);

}  // namespace millrace
