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
constexpr const char* kMembers[] = {"Description",      "Enrichment", "EnrichmentParameters", "Target",
                                    "TargetParameters", "RoleArn",    "LogConfiguration",     "KmsKeyIdentifier"};

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
Json answer(const Json& pipe, const char* state, const char* desired = nullptr) {
  return {{"Arn", pipe.at("Arn")},
          {"Name", pipe.at("Name")},
          {"CreationTime", pipe.at("CreationTime")},
          {"LastModifiedTime", pipe.at("LastModifiedTime")},
          {"CurrentState", state},
          {"DesiredState", desired ? Json(desired) : pipe.at("DesiredState")}};
}

Json shown(const Json& pipe) {
  Json out = Json::object();
  for (const auto& [name, value] : pipe.items()) {
    if (!name.starts_with('_')) out[name] = value;
  }
  out["CurrentState"] = text_of(pipe, "DesiredState");
  return out;
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

Result<void> check_filters(const Json& pipe) {
  const Json source = pipe.value("SourceParameters", Json::object());
  const Json filters = source.value("FilterCriteria", Json::object()).value("Filters", Json::array());
  for (const Json& filter : filters) {
    if (!filter::FilterPattern::compile(text_of(filter, "Pattern")))
      return errors::invalid_field("SourceParameters.FilterCriteria",
                                   "Invalid filter pattern.");  // unverified: the words
  }
  return {};
}

/// Empties go, as the provider sends them for what it clears.
void drop_empties(Json& pipe) {
  for (const char* parameters : {"TargetParameters", "EnrichmentParameters"}) {
    Json* given = pipe.contains(parameters) ? &pipe[parameters] : nullptr;
    if (given && given->is_object() && text_of(*given, "InputTemplate").empty()) given->erase("InputTemplate");
  }
  if (text_of(pipe, "Enrichment").empty()) pipe.erase("Enrichment");
  Json* source = pipe.contains("SourceParameters") ? &pipe["SourceParameters"] : nullptr;
  if (!source) return;
  if (const Json* criteria = find(*source, "FilterCriteria");
      criteria && criteria->value("Filters", Json::array()).empty())
    source->erase("FilterCriteria");
  if (!source->contains("DynamoDBStreamParameters")) return;
  Json& stream = (*source)["DynamoDBStreamParameters"];
  for (const char* member : {"MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts",
                             "ParallelizationFactor"}) {
    if (stream.contains(member) && stream[member] == 0) stream.erase(member);
  }
  if (const Json* queue = find(stream, "DeadLetterConfig"); queue && queue->empty()) stream.erase("DeadLetterConfig");
}

/// Stores the pipe and gives it to the poller.
Result<void> store(Pipes& pipes, const Scope& scope, const Json& pipe) {
  TRY_VOID(pipes.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    storage::put_document(txn, pipe_key(scope, text_of(pipe, "Name")), pipe);
    return {};
  }));
  return pipes.mappings.get()->put(mapping_of(scope, pipe));
}

Operation set_state(Pipes& pipes, const char* operation, const char* verb, const char* state, const char* on_the_way) {
  static const Shape input = structure({required("Name", name_shape())});
  auto handle = [&pipes, state, on_the_way](Call& call) -> Result<Json> {
    TRY(Json pipe, load_pipe(pipes.context.store, scope_of(call), text_of(call.input, "Name")));
    pipe["DesiredState"] = state;
    pipe["LastModifiedTime"] = static_cast<double>(pipes.now()) / 1000.0;
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
    Json pipe{{"Arn", pipe_arn(scope, name)}, {"Name", name}, {"Source", call.input["Source"]}};
    for (const char* member : kMembers) {
      if (find(call.input, member)) pipe[member] = call.input[member];
    }
    TRY(pipe["SourceParameters"],
        source_parameters(text_of(pipe, "Source"), call.input.value("SourceParameters", Json::object())));
    drop_empties(pipe);
    TRY_VOID(check_filters(pipe));
    pipe["DesiredState"] = text_of(call.input, "DesiredState", "RUNNING");
    pipe["CreationTime"] = static_cast<double>(pipes.now()) / 1000.0;
    pipe["LastModifiedTime"] = static_cast<double>(pipes.now()) / 1000.0;
    pipe["_uuid"] = pipes.context.random.uuid();
    pipe["_tags"] = call.input.value("Tags", Json::object());
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
    TRY(Json pipe, load_pipe(pipes.context.store, scope_of(call), text_of(call.input, "Name")));
    Json out = shown(pipe);
    if (const Json tags = pipe.value("_tags", Json::object()); !tags.empty()) out["Tags"] = tags;
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
    TRY(Json pipe, load_pipe(pipes.context.store, scope, text_of(call.input, "Name")));
    for (const char* member : kMembers) {
      if (find(call.input, member)) pipe[member] = call.input[member];
    }
    if (const Json* given = find(call.input, "SourceParameters")) {
      // Where it begins can't be changed, and isn't sent.
      const Json before = pipe["SourceParameters"];
      for (const auto& [kind, parameters] : given->items()) pipe["SourceParameters"][kind] = parameters;
      const Json stream = before.value("DynamoDBStreamParameters", Json::object());
      if (stream.contains("StartingPosition"))
        pipe["SourceParameters"]["DynamoDBStreamParameters"]["StartingPosition"] = stream.at("StartingPosition");
      TRY(pipe["SourceParameters"], source_parameters(text_of(pipe, "Source"), pipe["SourceParameters"]));
    }
    drop_empties(pipe);
    TRY_VOID(check_filters(pipe));
    if (find(call.input, "DesiredState")) pipe["DesiredState"] = call.input["DesiredState"];
    pipe["LastModifiedTime"] = static_cast<double>(pipes.now()) / 1000.0;
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
    TRY(Json pipe, load_pipe(pipes.context.store, scope_of(call), name));
    pipes.mappings.get()->remove(text_of(pipe, "_uuid"));
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
    auto fits = [&](const Json& pipe, const char* member, const char* filter) {
      return text_of(pipe, member).starts_with(text_of(call.input, filter));
    };
    Json items = Json::array();
    for (const Json& pipe : storage::list_documents(pipes.context.store, pipes_prefix(scope_of(call)))) {
      const std::string name = text_of(pipe, "Name"), desired = text_of(call.input, "DesiredState"),
                        current = text_of(call.input, "CurrentState");
      if (!fits(pipe, "Name", "NamePrefix") || !fits(pipe, "Source", "SourcePrefix") ||
          !fits(pipe, "Target", "TargetPrefix"))
        continue;
      if (!desired.empty() && text_of(pipe, "DesiredState") != desired) continue;
      if (!current.empty() && text_of(pipe, "DesiredState") != current) continue;
      if (!pager->takes(name)) continue;
      Json item = answer(pipe, text_of(pipe, "DesiredState").c_str());
      for (const char* member : {"Source", "Target", "Enrichment"}) {
        if (find(pipe, member)) item[member] = pipe.at(member);
      }
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
