// Operations of Lambda's API that aren't built: a request to one is refused by its name.

#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"

namespace millrace::lambda {

namespace {

struct Unbuilt {
  const char* name;
  const char* method;
  const char* path;
};

constexpr Unbuilt kUnbuilt[] = {
    {"CheckpointDurableExecution", "POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint"},
    {"GetDurableExecution", "GET", "/2025-12-01/durable-executions/{DurableExecutionArn}"},
    {"GetDurableExecutionHistory", "GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/history"},
    {"GetDurableExecutionState", "GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/state"},
    {"ListDurableExecutionsByFunction", "GET", "/2025-12-01/functions/{FunctionName}/durable-executions"},
    {"SendDurableExecutionCallbackFailure", "POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/fail"},
    {"SendDurableExecutionCallbackHeartbeat", "POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat"},
    {"SendDurableExecutionCallbackSuccess", "POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/succeed"},
    {"StopDurableExecution", "POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/stop"},
};

}  // namespace

std::vector<protocol::Operation> unbuilt_operations() {
  std::vector<protocol::Operation> out;
  for (const Unbuilt& each : kUnbuilt) {
    const std::string name = each.name;
    out.push_back({.name = name,
                   .rest = {{each.method, each.path}},
                   .handle = protocol::JsonHandler([name](protocol::Call&) -> Result<Json> {
                     return AwsError(errors::not_implemented, "The operation " + name + " is not implemented.");
                   })});
  }
  return out;
}

}  // namespace millrace::lambda
