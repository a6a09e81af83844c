#include "emulator/base/arn.h"
#include "emulator/base/log.h"
#include "emulator/services/pipes/pipe_functions.h"
#include "emulator/services/pipes/pipes.h"

namespace millrace::pipes {

namespace {

/// A number that is set: Terraform sends 0 for what it clears.
int set_or(const Json& parameters, const char* member, int otherwise) {
  const int64_t value = int_of(parameters, member);
  return value == 0 ? otherwise : static_cast<int>(value);
}

}  // namespace

std::string pipe_key(const Scope& scope, const std::string& name) {
  return storage::document_key({"pipes", scope.account, scope.region, name});
}
std::string pipes_prefix(const Scope& scope) {
  return storage::document_key({"pipes", scope.account, scope.region});
}
std::string pipe_arn(const Scope& scope, const std::string& name) {
  return make_arn("pipes", scope.region, scope.account, "pipe/" + name);
}

Result<Pipe> load_pipe(const storage::Reader& reader, const Scope& scope, const std::string& name) {
  auto pipe = storage::get_model<Pipe>(reader, pipe_key(scope, name));
  if (!pipe) return errors::no_pipe(name);
  return std::move(*pipe);
}

ports::MappingConfig mapping_of(const Scope& scope, const Pipe& pipe) {
  constexpr int kInfinite = ports::MappingConfig::infinite;
  ports::MappingConfig out;
  out.uuid = pipe.uuid;
  out.account = scope.account;
  out.region = scope.region;
  out.event_source_arn = pipe.source;
  out.function_arn = pipe.arn;
  out.function_name = kPipePrefix + pipe.name;
  out.role_arn = pipe.role_arn;
  out.enabled = pipe.desired_state != "STOPPED";
  out.report_batch_item_failures = true;
  const Json& source = pipe.source_parameters;
  if (const Json* criteria = find(source, "FilterCriteria")) {
    const Json filters = criteria->value("Filters", Json::array());
    for (const Json& filter : filters) out.filter_patterns.push_back(text_of(filter, "Pattern"));
  }
  if (const Json* queue = find(source, "SqsQueueParameters")) {
    out.kind = ports::SourceKind::queue;
    out.batch_size = set_or(*queue, "BatchSize", 10);
    out.batching_window_s = static_cast<int>(int_of(*queue, "MaximumBatchingWindowInSeconds"));
    return out;
  }
  const Json stream = source.value("DynamoDBStreamParameters", Json::object());
  out.kind = ports::SourceKind::stream;
  out.starting_position = text_of(stream, "StartingPosition") == "TRIM_HORIZON" ? ports::StartingPosition::trim_horizon
                                                                                : ports::StartingPosition::latest;
  out.batch_size = set_or(stream, "BatchSize", 100);
  out.batching_window_s = static_cast<int>(int_of(stream, "MaximumBatchingWindowInSeconds"));
  out.parallelization_factor = set_or(stream, "ParallelizationFactor", 1);
  out.maximum_record_age_s = set_or(stream, "MaximumRecordAgeInSeconds", kInfinite);
  // unverified: whether a 0 that was meant reaches AWS; the provider sends it for what isn't set.
  out.maximum_retry_attempts = set_or(stream, "MaximumRetryAttempts", kInfinite);
  out.bisect_on_error = text_of(stream, "OnPartialBatchItemFailure") == "AUTOMATIC_BISECT";
  if (const Json* queue = find(stream, "DeadLetterConfig")) out.on_failure_arn = text_of(*queue, "Arn");
  return out;
}

void put_all(Pipes& pipes) {
  for (const Pipe& pipe : storage::list_models<Pipe>(pipes.context.store, storage::document_key({"pipes"}))) {
    const auto arn = Arn::parse(pipe.arn);
    if (!arn) continue;
    auto put = pipes.mappings.get()->put(mapping_of({arn->account, arn->region}, pipe));
    if (put.has_error()) log::error("the pipe " + pipe.name + ": " + put.error().message);
  }
}

}  // namespace millrace::pipes
