#pragma once
// Running a function in answer to a request: Invoke and function URLs.

#include <functional>
#include <memory>
#include <vector>

#include "emulator/services/lambda/state.h"
#include "emulator/services/lambda/tenants.h"

namespace millrace::lambda {

struct Ran {
  std::shared_ptr<const ports::FunctionVersion> version;
  ports::InvocationResult result;
};

/// Resolves the function and runs it; `invocation` brings all but the function and its ARN as addressed. `done` is
/// called exactly once, on any thread. Doesn't block: what has to be unpacked is unpacked in the background.
void run_function(Lambda& lambda, const FunctionRef& ref, ports::Invocation invocation,
                  std::function<void(Result<Ran>)> done);

/// A response that may be streamed: run_function() hands it the version before anything else.
class StreamedResponse : public ports::ResponseStream {
 public:
  std::shared_ptr<const ports::FunctionVersion> version;
};
void run_streamed(Lambda& lambda, const FunctionRef& ref, ports::Invocation invocation,
                  std::shared_ptr<StreamedResponse> stream, std::function<void(Result<Ran>)> done);

/// Invoke's errors for a function that isn't there or is still Pending, and check_tenant()'s.
Result<void> check_invocable(Lambda& lambda, const FunctionRef& ref, const std::string& tenant_id = {});

/// Where a request to run a function says how, besides its path and body.
std::vector<protocol::RestParameter> invocation_parameters();
protocol::Member tenant_id_member();

/// `Rate Exceeded.` with the reason.
AwsError throttled_error(const ports::InvocationResult& result);
/// RecursiveInvocationException.
AwsError recursive_error();

}  // namespace millrace::lambda
