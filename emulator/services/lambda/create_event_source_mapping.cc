#include "emulator/base/arn.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/mappings.h"
#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/tags.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

Shape input_shape() {
  std::vector<Member> members = {optional("EventSourceArn", event_source_arn_shape()),
                                 required("FunctionName", function_name_shape())};
  for (Member& member : mapping_setting_members(1)) members.push_back(std::move(member));
  members.push_back(optional("StartingPosition", string().one_of({"LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"})));
  members.push_back(optional("StartingPositionTimestamp", timestamp()));
  members.push_back(optional("Tags", map(string())));
  return structure(std::move(members));
}

/// A stream of DynamoDB or a queue of SQS: the sources that exist here.
Result<Arn> source_of(const Json& input) {
  auto arn = Arn::parse(text_of(input, "EventSourceArn"));
  bool stream = arn && arn->service == "dynamodb" && arn->resource.find("/stream/") != std::string::npos;
  bool queue = arn && arn->service == "sqs" && !arn->resource.empty();
  if (!stream && !queue) return errors::invalid("Unrecognized event source.");
  return std::move(*arn);
}

Result<void> check_starting_position(const Json& input) {
  std::string position = text_of(input, "StartingPosition");
  if (position.empty())  // with a final full stop, and not a ValidationException, as recorded
    return errors::invalid(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not "
        "be null.");
  return {};
}

Result<void> check_input(Lambda& lambda, const Json& input, const Arn& source) {
  bool queue = source.service == "sqs";
  if (queue && find(input, "StartingPosition"))
    return errors::invalid("StartingPosition is not valid for SQS event sources.");
  if (!queue) TRY_VOID(check_starting_position(input));
  // Destination, starting position, filters: in this order.
  const Json without_filters = [&] {
    Json copy = input;
    copy.erase("FilterCriteria");
    return copy;
  }();
  TRY_VOID(check_mapping_settings(lambda, without_filters, queue));
  if (!queue && text_of(input, "StartingPosition") == "AT_TIMESTAMP")
    return errors::invalid("Unsupported starting position for arn type: " + source.text());
  return check_mapping_settings(lambda, input, queue);
}

Result<void> check_source(Lambda& lambda, const Arn& source, const Json& input, const Json& function_config) {
  std::string text = source.text();
  if (source.service == "sqs") return check_queue_source(lambda, text, input, function_config);
  if (lambda.ports.streams.shards(text).has_error()) return errors::invalid("Stream not found: " + text);
  return {};
}

Json new_mapping(Lambda& lambda, const Json& input, const FunctionRef& ref) {
  Json settings = {{"EventSourceArn", text_of(input, "EventSourceArn")}};
  if (auto position = optional_text(input, "StartingPosition")) settings["StartingPosition"] = *position;
  apply_mapping_settings(input, settings);
  Json mapping = {
      {"uuid", lambda.context.random.uuid()}, {"settings", std::move(settings)}, {"function_arn", ref.qualified_arn()}};
  mapping["enabled"] = bool_of(input, "Enabled", true);
  mapping["modified_ms"] = lambda.now();
  if (const Json* tags = find(input, "Tags")) mapping["tags"] = *tags;
  return mapping;
}

Result<Json> handle(Lambda& lambda, const Call& call) {
  const Json& input = call.input;
  TRY(Arn source, source_of(input));
  TRY_VOID(check_input(lambda, input, source));
  TRY(FunctionRef ref, function_of(call, text_of(input, "FunctionName"), ""));
  if (ref.account != call.caller.account) return AwsError(errors::access_denied, "");
  if (const Json* tags = find(input, "Tags")) TRY_VOID(check_tags(*tags));
  auto function = load_qualified(lambda.context.store, ref, lambda.now());
  if (function.has_error()) return errors::invalid("Function does not exist");
  if (find(function->at("config"), "TenancyConfig")) return errors::not_with_tenants("Event source mapping");
  TRY_VOID(check_mapping_role(lambda, text_of(function->at("config"), "Role"), source.text(), input));
  TRY_VOID(check_source(lambda, source, input, function->at("config")));

  Json mapping = new_mapping(lambda, input, ref);
  std::string key = mapping_key(ref.account, ref.region, text_of(mapping, "uuid"));
  TRY_VOID(lambda.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TRY_VOID(check_no_duplicate(txn, ref, source.text(), ""));
    storage::put_document(txn, key, mapping);
    return {};
  }));
  auto started = lambda.ports.mappings.put(mapping_config(lambda, mapping));
  if (started.has_error()) {
    TRY_VOID(lambda.context.store.transact([&](storage::Txn& txn) -> Result<void> {
      txn.erase(storage::Family::meta, key);
      return {};
    }));
    return std::move(started).error();
  }
  // unverified: for a stream; a disabled queue mapping is seen without a transition [rec].
  bool settled = source.service == "sqs" && !bool_of(input, "Enabled", true);
  return mapping_view(lambda, mapping, settled ? "Disabled" : "Creating");
}

}  // namespace

Operation create_event_source_mapping(Lambda& lambda) {
  static const Shape input = input_shape();
  return {
      .name = "CreateEventSourceMapping",
      .input = &input,
      .rest = {{"POST", "/2015-03-31/event-source-mappings", 202}},
      .access = [](const Call& call) -> Result<AccessNeeds> {
        FunctionRef ref =
            parse_function_name(text_of(call.input, "FunctionName"), call.caller.account, call.caller.region);
        return AccessNeeds{{"lambda:CreateEventSourceMapping", "*", {{"lambda:functionarn", {ref.qualified_arn()}}}}};
      },
      .handle = JsonHandler([&lambda](Call& call) { return handle(lambda, call); })};
}

}  // namespace millrace::lambda
