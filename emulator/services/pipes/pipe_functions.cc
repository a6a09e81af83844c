#include "emulator/services/pipes/pipe_functions.h"

namespace millrace::pipes {

namespace {
constexpr std::string_view kPrefix = kPipePrefix;
}  // namespace

Result<std::shared_ptr<const ports::FunctionVersion>> PipeCatalog::resolve(const std::string& account,
                                                                           const std::string& region,
                                                                           const std::string& function,
                                                                           const std::string& qualifier) {
  if (!function.starts_with(kPrefix)) return functions_.get()->resolve(account, region, function, qualifier);
  TRY(Pipe pipe, load_pipe(pipes_.context.store, {account, region}, function.substr(kPrefix.size())));
  auto out = std::make_shared<ports::FunctionVersion>();
  out->account = account;
  out->region = region;
  out->name = function;
  out->version = "$LATEST";
  out->function_arn = pipe.arn;
  out->environment_key = out->function_arn;
  out->role_arn = pipe.role_arn;
  out->timeout_s = 300;  // of one execution with its enrichment [doc]
  return std::shared_ptr<const ports::FunctionVersion>(std::move(out));
}

void PipeInvoker::invoke(ports::Invocation invocation, std::function<void(ports::InvocationResult)> done) {
  const ports::FunctionVersion& function = *invocation.function;
  if (!function.name.starts_with(kPrefix)) return functions_.invoke(std::move(invocation), std::move(done));
  run_batch(pipes_, {function.account, function.region}, function.name.substr(kPrefix.size()),
            std::move(invocation.payload), std::move(done));
}

void PipeInvoker::when_free(std::shared_ptr<const ports::FunctionVersion> function, std::function<void()> fn) {
  if (function->name.starts_with(kPrefix)) return fn();
  functions_.when_free(std::move(function), std::move(fn));
}

}  // namespace millrace::pipes
