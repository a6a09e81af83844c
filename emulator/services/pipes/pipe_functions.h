#pragma once
// Pipes as the functions that the poller calls: a catalog that knows them beside the real functions, and an invoker that takes
// their batches.

#include "emulator/ports/function_catalog.h"
#include "emulator/ports/invoker.h"
#include "emulator/services/pipes/pipes.h"

namespace millrace::pipes {

/// What a pipe's name as a function's begins with: no function's name may hold a slash.
inline constexpr const char* kPipePrefix = "pipe/";

class PipeCatalog final : public ports::MappedFunctions {
 public:
  PipeCatalog(Pipes& pipes, const ports::Ports& ports) : pipes_(pipes), functions_(ports) {}
  Result<std::shared_ptr<const ports::FunctionVersion>> resolve(const std::string& account, const std::string& region,
                                                                const std::string& function,
                                                                const std::string& qualifier) override;

 private:
  Pipes& pipes_;
  ports::Late<ports::FunctionCatalog> functions_;
};

class PipeInvoker final : public ports::Invoker {
 public:
  PipeInvoker(Pipes& pipes, ports::Invoker& functions) : pipes_(pipes), functions_(functions) {}
  void invoke(ports::Invocation invocation, std::function<void(ports::InvocationResult)> done) override;
  void when_free(std::shared_ptr<const ports::FunctionVersion> function, std::function<void()> fn) override;

 private:
  Pipes& pipes_;
  ports::Invoker& functions_;
};

}  // namespace millrace::pipes
