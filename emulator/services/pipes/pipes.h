#pragma once
// What the room's operations share. A pipe is an event source mapping of runtime/poller whose "function" is the pipe: the
// poller reads, filters, batches, retries and remembers positions; the room enriches and sends.
//
//   {"pipes", account, region, name}    with DescribePipe's members; those that begin with "_" are ours

#include <memory>
#include <string>

#include "emulator/delivery/deliveries.h"
#include "emulator/ports/destination.h"
#include "emulator/ports/function_caller.h"
#include "emulator/ports/invoker.h"
#include "emulator/ports/mapping_engine.h"
#include "emulator/ports/metrics.h"
#include "emulator/ports/ports.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/pipes/errors.h"
#include "emulator/services/service_context.h"
#include "emulator/storage/document_form.h"

namespace millrace::pipes {

struct Pipes {
  Pipes(ServiceContext given, const ports::Ports& ports)
      : context(std::move(given)),
        deliveries(ports.get<delivery::Deliveries>()),
        destination(ports.get<ports::Destination>()),
        mappings(ports),
        functions(ports),
        metrics(ports) {}

  ServiceContext context;
  delivery::Deliveries& deliveries;  // whose thread enriches and sends
  ports::Destination& destination;
  ports::Late<ports::MappingEngine> mappings;
  ports::Late<ports::FunctionCaller> functions;
  ports::Late<ports::Metrics> metrics;

  Millis now() const { return context.clock.now_ms(); }
};

struct Scope {
  std::string account, region;
};
inline Scope scope_of(const protocol::Call& call) {
  return {call.caller.account, call.caller.region};
}

struct Pipe {
  std::string arn, name, source, target, role_arn, desired_state = "RUNNING";
  std::optional<std::string> description, enrichment, kms_key;
  Json source_parameters = Json::object();                                          // as sent, with the batch size
  std::optional<Json> target_parameters, enrichment_parameters, log_configuration;  // as sent
  double created_s = 0, modified_s = 0;
  std::string uuid;            // the mapping's
  Json tags = Json::object();  // {key: value}
};

template <class Form>
void describe(Form& form, Pipe& pipe) {
  form.version(1, "_form");
  form.member("Arn", pipe.arn);
  form.member("Name", pipe.name);
  form.member("Source", pipe.source);
  form.member("Description", pipe.description);
  form.member("Enrichment", pipe.enrichment);
  form.member("EnrichmentParameters", pipe.enrichment_parameters);
  form.member("Target", pipe.target);
  form.member("TargetParameters", pipe.target_parameters);
  form.member("RoleArn", pipe.role_arn);
  form.member("LogConfiguration", pipe.log_configuration);
  form.member("KmsKeyIdentifier", pipe.kms_key);
  form.added("SourceParameters", pipe.source_parameters);
  form.member("DesiredState", pipe.desired_state);
  form.member("CreationTime", pipe.created_s);
  form.member("LastModifiedTime", pipe.modified_s);
  form.member("_uuid", pipe.uuid);
  form.added("_tags", pipe.tags);
}

std::string pipe_key(const Scope& scope, const std::string& name);
std::string pipes_prefix(const Scope& scope);
std::string pipe_arn(const Scope& scope, const std::string& name);
Result<Pipe> load_pipe(const storage::Reader& reader, const Scope& scope, const std::string& name);

// mapping.cc
/// A pipe as the poller has it.
ports::MappingConfig mapping_of(const Scope& scope, const Pipe& pipe);
/// Puts every stored pipe into the poller.
void put_all(Pipes& pipes);

// operations.cc
protocol::Operation create_pipe(Pipes& pipes);
protocol::Operation describe_pipe(Pipes& pipes);
protocol::Operation update_pipe(Pipes& pipes);
protocol::Operation delete_pipe(Pipes& pipes);
protocol::Operation list_pipes(Pipes& pipes);
protocol::Operation start_pipe(Pipes& pipes);
protocol::Operation stop_pipe(Pipes& pipes);
// tags.cc
protocol::Operation tag_resource(Pipes& pipes);
protocol::Operation untag_resource(Pipes& pipes);
protocol::Operation list_tags_for_resource(Pipes& pipes);

// runner.cc
/// Takes a batch (`{"Records": [...]}`) through the pipe; `done` gets what a function would have answered: batchItemFailures,
/// or a function_error for the whole batch. Returns at once.
void run_batch(Pipes& pipes, const Scope& scope, const std::string& name, std::string payload,
               std::function<void(ports::InvocationResult)> done);

using Access = std::function<Result<protocol::AccessNeeds>(const protocol::Call&)>;

}  // namespace millrace::pipes
