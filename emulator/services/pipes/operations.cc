// CreatePipe, DescribePipe, UpdatePipe, DeletePipe, ListPipes, StartPipe, StopPipe.

#include "emulator/base/arn.h"
#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/pipes/pipes.h"
#include "runtime/filter/filter_pattern.h"

namespace millrace::pipes {

using namespace protocol;

namespace {

constexpr const char* kServicePrincipal = "pipes.amazonaws.com";
constexpr size_t kPipesMax = 1000;

Shape name_shape() {
  return string().length(1, 64).pattern(R"([\.\-_A-Za-z0-9]+)");
}

Shape role_shape() {
  return string().length(1, 1600).pattern(R"(arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z0-9+=,.@\-_/]+)");
}

Access needs_on_pipe(const char* action, bool with_role = false) {
  return [action = std::string("pipes:") + action, with_role](const Call& call) -> Result<AccessNeeds> {
    AccessNeeds out{{action, pipe_arn(scope_of(call), text_of(call.input, "Name"))}};
    if (with_role)
      out.push_back({"iam:PassRole", text_of(call.input, "RoleArn"), {{"iam:passedtoservice", {kServicePrincipal}}}});
    return out;
  };
}

/// `state`: what is said to be going on; what is asked for afterwards has happened.
Json answer(const Pipe& pipe, const std::string& state, const char* desired = nullptr) {
  return {{"Arn", pipe.arn},
          {"Name", pipe.name},
          {"CreationTime", pipe.created_s},
          {"LastModifiedTime", pipe.modified_s},
          {"CurrentState", state},
          {"DesiredState", desired ? desired : pipe.desired_state}};
}

/// Takes over what is given.
void merge(Pipe& pipe, const Json& input) {
  auto settings = [&](const char* member, std::optional<Json>& into) {
    if (const Json* given = find(input, member)) into = *given;
  };
  if (auto text = optional_text(input, "Description")) pipe.description = text;
  if (auto arn = optional_text(input, "Enrichment")) pipe.enrichment = arn;
  if (auto key = optional_text(input, "KmsKeyIdentifier")) pipe.kms_key = key;
  pipe.target = text_of(input, "Target", pipe.target);
  pipe.role_arn = text_of(input, "RoleArn", pipe.role_arn);
  pipe.desired_state = text_of(input, "DesiredState", pipe.desired_state);
  settings("EnrichmentParameters", pipe.enrichment_parameters);
  settings("TargetParameters", pipe.target_parameters);
  settings("LogConfiguration", pipe.log_configuration);
}

/// The source's parameters with the batch size that AWS fills in.
Result<Json> source_parameters(const std::string& source, Json given) {
  const auto arn = Arn::parse(source);
  if (!given.is_object()) given = Json::object();
  if (arn && arn->service == "sqs") {
    Json& queue = given["SqsQueueParameters"];
    if (!queue.is_object()) queue = Json::object();
    if (int_of(queue, "BatchSize") == 0) queue["BatchSize"] = 10;
    return given;
  }
  if (!arn || arn->service != "dynamodb")
    return AwsError(errors::not_implemented, "Pipes from " + source + " are not implemented.");
  Json* stream = given.contains("DynamoDBStreamParameters") ? &given["DynamoDBStreamParameters"] : nullptr;
  if (!stream) return errors::invalid_field("SourceParameters.DynamoDBStreamParameters", "Missing required parameter.");
  if (int_of(*stream, "BatchSize") == 0) (*stream)["BatchSize"] = 100;
  return given;
}

Result<void> check_filters(const Pipe& pipe) {
  const Json filters = pipe.source_parameters.value("FilterCriteria", Json::object()).value("Filters", Json::array());
  for (const Json& filter : filters) {
    if (!filter::FilterPattern::compile(text_of(filter, "Pattern")))
      return errors::invalid_field("SourceParameters.FilterCriteria",
                                   "Invalid filter pattern.");  // unverified: the words
  }
  return {};
}

/// Empties go, as the provider sends them for what it clears.
void drop_empties(Pipe& pipe) {
  for (auto* given : {&pipe.target_parameters, &pipe.enrichment_parameters}) {
    if (*given && (*given)->is_object() && text_of(**given, "InputTemplate").empty()) (*given)->erase("InputTemplate");
  }
  if (pipe.enrichment == "") pipe.enrichment.reset();
  Json& source = pipe.source_parameters;
  if (const Json* criteria = find(source, "FilterCriteria");
      criteria && criteria->value("Filters", Json::array()).empty())
    source.erase("FilterCriteria");
  if (!source.contains("DynamoDBStreamParameters")) return;
  Json& stream = source["DynamoDBStreamParameters"];
  for (const char* member : {"MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts",
                             "ParallelizationFactor"}) {
    if (stream.contains(member) && stream[member] == 0) stream.erase(member);
  }
  if (const Json* queue = find(stream, "DeadLetterConfig"); queue && queue->empty()) stream.erase("DeadLetterConfig");
}

/// Stores the pipe and gives it to the poller.
Result<void> store(Pipes& pipes, const Scope& scope, const Pipe& pipe) {
  TRY_VOID(pipes.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    storage::put_model(txn, pipe_key(scope, pipe.name), pipe);
    return {};
  }));
  return pipes.mappings.get()->put(mapping_of(scope, pipe));
}

Operation set_state(Pipes& pipes, const char* operation, const char* verb, const char* state, const char* on_the_way) {
  static const Shape input = structure({required("Name", name_shape())});
  auto handle = [&pipes, state, on_the_way](Call& call) -> Result<Json> {
    TRY(Pipe pipe, load_pipe(pipes.context.store, scope_of(call), text_of(call.input, "Name")));
    pipe.desired_state = state;
    pipe.modified_s = static_cast<double>(pipes.now()) / 1000.0;
    TRY_VOID(store(pipes, scope_of(call), pipe));
    return answer(pipe, on_the_way);
  };
  return {.name = operation,
          .input = &input,
          .rest = {{"POST", std::string("/v1/pipes/{Name}/") + verb, 200}},
          .access = needs_on_pipe(operation),
          .handle = JsonHandler(handle)};
}

Shape state_shape() {
  return string().one_of({"RUNNING", "STOPPED"});
}

/// With 0 and -1, which Terraform and people send for what isn't set.
Shape source_parameters_shape() {
  const Shape stream = structure({optional("BatchSize", integer().range(0, 10'000)),
                                  optional("MaximumBatchingWindowInSeconds", integer().range(0, 300)),
                                  optional("MaximumRecordAgeInSeconds", integer().range(-1, 604'800)),
                                  optional("MaximumRetryAttempts", integer().range(-1, 10'000)),
                                  optional("ParallelizationFactor", integer().range(0, 10)),
                                  optional("OnPartialBatchItemFailure", string().one_of({"AUTOMATIC_BISECT"})),
                                  optional("StartingPosition", string().one_of({"TRIM_HORIZON", "LATEST"}))});
  const Shape queue = structure({optional("BatchSize", integer().range(0, 10'000)),
                                 optional("MaximumBatchingWindowInSeconds", integer().range(0, 300))});
  const Shape filter = structure({optional("Pattern", string().length(0, 4096))});
  return structure({optional("FilterCriteria", structure({optional("Filters", list(filter).length(0, 5))})),
                    optional("DynamoDBStreamParameters", stream), optional("SqsQueueParameters", queue)});
}
Shape target_parameters_shape() {
  const Shape kind = structure({optional("InvocationType", string().one_of({"REQUEST_RESPONSE", "FIRE_AND_FORGET"}))});
  const Shape bus =
      structure({optional("DetailType", string().length(1, 128)), optional("Source", string().length(1, 256)),
                 optional("Resources", list(string().length(1, 1600)).length(0, 10))});
  const Shape queue = structure({optional("MessageGroupId", string().length(0, 100)),
                                 optional("MessageDeduplicationId", string().length(0, 100))});
  return structure({optional("InputTemplate", string().length(0, 8192)), optional("LambdaFunctionParameters", kind),
                    optional("EventBridgeEventBusParameters", bus), optional("SqsQueueParameters", queue)});
}

}  // namespace

Operation create_pipe(Pipes& pipes) {
  static const Shape input =
      structure({required("Name", name_shape()), optional("Description", string().length(0, 512)),
                 optional("DesiredState", state_shape()), required("Source", string().length(1, 1600)),
                 optional("Enrichment", string().length(0, 1600)), required("Target", string().length(1, 1600)),
                 required("RoleArn", role_shape()), optional("SourceParameters", source_parameters_shape()),
                 optional("TargetParameters", target_parameters_shape()),
                 optional("EnrichmentParameters", target_parameters_shape())});
  auto handle = [&pipes](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string name = text_of(call.input, "Name");
    if (load_pipe(pipes.context.store, scope, name).has_value())
      return AwsError(errors::conflict, "Pipe " + name + " already exists.");  // unverified: the words
    if (storage::list_documents(pipes.context.store, pipes_prefix(scope)).size() >= kPipesMax)
      return AwsError(errors::quota, "The maximum number of pipes was reached.");
    Pipe pipe{.arn = pipe_arn(scope, name), .name = name, .source = text_of(call.input, "Source")};
    merge(pipe, call.input);
    TRY(pipe.source_parameters, source_parameters(pipe.source, call.input.value("SourceParameters", Json::object())));
    drop_empties(pipe);
    TRY_VOID(check_filters(pipe));
    pipe.created_s = pipe.modified_s = static_cast<double>(pipes.now()) / 1000.0;
    pipe.uuid = pipes.context.random.uuid();
    pipe.tags = call.input.value("Tags", Json::object());
    TRY_VOID(store(pipes, scope, pipe));
    return answer(pipe, "CREATING");
  };
  return {.name = "CreatePipe",
          .input = &input,
          .rest = {{"POST", "/v1/pipes/{Name}", 200}},
          .access = needs_on_pipe("CreatePipe", true),
          .handle = JsonHandler(handle)};
}

Operation describe_pipe(Pipes& pipes) {
  static const Shape input = structure({required("Name", name_shape())});
  auto handle = [&pipes](Call& call) -> Result<Json> {
    TRY(Pipe pipe, load_pipe(pipes.context.store, scope_of(call), text_of(call.input, "Name")));
    Json out = storage::shown(pipe);
    out["CurrentState"] = pipe.desired_state;
    if (!pipe.tags.empty()) out["Tags"] = pipe.tags;
    return out;
  };
  return {.name = "DescribePipe",
          .input = &input,
          .rest = {{"GET", "/v1/pipes/{Name}", 200}},
          .access = needs_on_pipe("DescribePipe"),
          .handle = JsonHandler(handle)};
}

Operation update_pipe(Pipes& pipes) {
  static const Shape input = structure(
      {required("Name", name_shape()), optional("Description", string().length(0, 512)),
       optional("DesiredState", state_shape()), optional("Enrichment", string().length(0, 1600)),
       optional("Target", string().length(1, 1600)), required("RoleArn", role_shape()),
       optional("SourceParameters", source_parameters_shape()), optional("TargetParameters", target_parameters_shape()),
       optional("EnrichmentParameters", target_parameters_shape())});
  auto handle = [&pipes](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    TRY(Pipe pipe, load_pipe(pipes.context.store, scope, text_of(call.input, "Name")));
    merge(pipe, call.input);
    if (const Json* given = find(call.input, "SourceParameters")) {
      // Where it begins can't be changed, and isn't sent.
      const Json stream = pipe.source_parameters.value("DynamoDBStreamParameters", Json::object());
      for (const auto& [kind, parameters] : given->items()) pipe.source_parameters[kind] = parameters;
      if (stream.contains("StartingPosition"))
        pipe.source_parameters["DynamoDBStreamParameters"]["StartingPosition"] = stream.at("StartingPosition");
      TRY(pipe.source_parameters, source_parameters(pipe.source, pipe.source_parameters));
    }
    drop_empties(pipe);
    TRY_VOID(check_filters(pipe));
    pipe.modified_s = static_cast<double>(pipes.now()) / 1000.0;
    TRY_VOID(store(pipes, scope, pipe));
    return answer(pipe, "UPDATING");
  };
  return {.name = "UpdatePipe",
          .input = &input,
          .rest = {{"PUT", "/v1/pipes/{Name}", 200}},
          .access = needs_on_pipe("UpdatePipe", true),
          .handle = JsonHandler(handle)};
}

Operation delete_pipe(Pipes& pipes) {
  static const Shape input = structure({required("Name", name_shape())});
  auto handle = [&pipes](Call& call) -> Result<Json> {
    const std::string name = text_of(call.input, "Name");
    TRY(Pipe pipe, load_pipe(pipes.context.store, scope_of(call), name));
    pipes.mappings.get()->remove(pipe.uuid);
    TRY_VOID(pipes.context.store.transact([&](storage::Txn& txn) -> Result<void> {
      txn.erase(storage::Family::meta, pipe_key(scope_of(call), name));
      return {};
    }));
    return answer(pipe, "DELETING", "DELETED");
  };
  return {.name = "DeletePipe",
          .input = &input,
          .rest = {{"DELETE", "/v1/pipes/{Name}", 200}},
          .access = needs_on_pipe("DeletePipe"),
          .handle = JsonHandler(handle)};
}

Operation list_pipes(Pipes& pipes) {
  static const Shape input = structure({optional("Limit", integer().range(1, 100))});
  auto handle = [&pipes](Call& call) -> Result<Json> {
    auto pager = Pager::open(list_name(call), text_of(call.input, "NextToken"),
                             static_cast<size_t>(int_of(call.input, "Limit", 100)));
    if (!pager) return errors::invalid_field("NextToken", "Invalid token.");  // unverified: the words
    auto fits = [&](const std::string& text, const char* filter) {
      return text.starts_with(text_of(call.input, filter));
    };
    Json items = Json::array();
    const std::string desired = text_of(call.input, "DesiredState"), current = text_of(call.input, "CurrentState");
    for (const Pipe& pipe : storage::list_models<Pipe>(pipes.context.store, pipes_prefix(scope_of(call)))) {
      if (!fits(pipe.name, "NamePrefix") || !fits(pipe.source, "SourcePrefix") || !fits(pipe.target, "TargetPrefix"))
        continue;
      if (!desired.empty() && pipe.desired_state != desired) continue;
      if (!current.empty() && pipe.desired_state != current) continue;
      if (!pager->takes(pipe.name)) continue;
      Json item = answer(pipe, pipe.desired_state);
      item["Source"] = pipe.source;
      item["Target"] = pipe.target;
      if (pipe.enrichment) item["Enrichment"] = *pipe.enrichment;
      items.push_back(std::move(item));
    }
    Json out{{"Pipes", std::move(items)}};
    if (auto next = pager->next_token()) out["NextToken"] = std::move(*next);
    return out;
  };
  return {.name = "ListPipes",
          .input = &input,
          .rest = {{"GET",
                    "/v1/pipes",
                    200,
                    {{"NamePrefix", "NamePrefix"},
                     {"SourcePrefix", "SourcePrefix"},
                     {"TargetPrefix", "TargetPrefix"},
                     {"DesiredState", "DesiredState"},
                     {"CurrentState", "CurrentState"},
                     {"NextToken", "NextToken"},
                     {"Limit", "Limit", RestParameter::In::query, RestParameter::Type::integer}}}},
          .access = [](const Call&) -> Result<AccessNeeds> {
            return AccessNeeds{{"pipes:ListPipes", "*"}};
          },
          .handle = JsonHandler(handle)};
}

Operation start_pipe(Pipes& pipes) {
  return set_state(pipes, "StartPipe", "start", "RUNNING", "STARTING");
}
Operation stop_pipe(Pipes& pipes) {
  return set_state(pipes, "StopPipe", "stop", "STOPPED", "STOPPING");
}

}  // namespace millrace::pipes
