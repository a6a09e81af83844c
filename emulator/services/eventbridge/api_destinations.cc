// CreateApiDestination, DescribeApiDestination, UpdateApiDestination, ListApiDestinations, DeleteApiDestination.

#include "emulator/services/eventbridge/operations.h"

namespace millrace::eventbridge {

using namespace protocol;

namespace {

AwsError no_destination(const std::string& name) {
  return {errors::not_found,
          "Failed to describe the api-destination(s). An api-destination '" + name + "' does not exist."};
}

Json answer(const ApiDestination& destination) {
  return {{"ApiDestinationArn", destination.arn},
          {"ApiDestinationState", destination.state},
          {"CreationTime", destination.created_s},
          {"LastModifiedTime", destination.modified_s}};
}

void merge(ApiDestination& destination, const Json& input, Millis now) {
  if (auto text = optional_text(input, "Description")) destination.description = text;
  destination.connection_arn = text_of(input, "ConnectionArn", destination.connection_arn);
  destination.endpoint = text_of(input, "InvocationEndpoint", destination.endpoint);
  destination.method = text_of(input, "HttpMethod", destination.method);
  destination.per_second = int_of(input, "InvocationRateLimitPerSecond", destination.per_second);
  destination.modified_s = seconds_of(now);
}

Shape method_shape() {
  return string().one_of({"HEAD", "POST", "PATCH", "DELETE", "PUT", "GET", "OPTIONS"});
}

Result<void> connection_is_there(const storage::Reader& reader, const Scope& scope, const std::string& arn) {
  for (const Connection& connection : storage::list_models<Connection>(reader, named_prefix(scope, "connection"))) {
    if (connection.arn == arn) return {};
  }
  return AwsError(errors::not_found, "Connection '" + arn + "' does not exist.");  // unverified: the words
}

Access on_the_destination(const char* action) {
  return needs_on_named(action, "api-destination", "Name");
}

}  // namespace

Operation create_api_destination(Events& events) {
  static const Shape input = structure(
      {required("Name", name_shape()), optional("Description", string().length(0, 512)),
       required("ConnectionArn", string().length(1, 1600)), required("InvocationEndpoint", string().length(1, 2048)),
       required("HttpMethod", method_shape()), optional("InvocationRateLimitPerSecond", integer().at_least(1))});
  auto handle = [&events](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string name = text_of(call.input, "Name"), key = named_key(scope, "destination", name);
    return events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (storage::get_model<ApiDestination>(txn, key))
        return AwsError(errors::already_exists, "An api-destination '" + name + "' already exists.");  // unverified
      TRY_VOID(connection_is_there(txn, scope, text_of(call.input, "ConnectionArn")));
      ApiDestination destination{.name = name};
      destination.arn = arn_of(scope, "api-destination/" + name + "/" + events.context.random.uuid());
      destination.state = "ACTIVE";
      destination.created_s = seconds_of(events.now());
      merge(destination, call.input, events.now());
      storage::put_model(txn, key, destination);
      return answer(destination);
    });
  };
  return {.name = "CreateApiDestination",
          .input = &input,
          .access = on_the_destination("CreateApiDestination"),
          .handle = JsonHandler(handle)};
}

Operation describe_api_destination(Events& events) {
  static const Shape input = structure({required("Name", name_shape())});
  auto handle = [&events](Call& call) -> Result<Json> {
    const std::string name = text_of(call.input, "Name");
    const auto destination =
        storage::get_model<ApiDestination>(events.context.store, named_key(scope_of(call), "destination", name));
    if (!destination) return no_destination(name);
    return shown(*destination);
  };
  return {.name = "DescribeApiDestination",
          .input = &input,
          .access = on_the_destination("DescribeApiDestination"),
          .handle = JsonHandler(handle)};
}

Operation update_api_destination(Events& events) {
  static const Shape input = structure(
      {required("Name", name_shape()), optional("Description", string().length(0, 512)),
       optional("ConnectionArn", string().length(1, 1600)), optional("InvocationEndpoint", string().length(1, 2048)),
       optional("HttpMethod", method_shape()), optional("InvocationRateLimitPerSecond", integer().at_least(1))});
  auto handle = [&events](Call& call) -> Result<Json> {
    const std::string name = text_of(call.input, "Name"), key = named_key(scope_of(call), "destination", name);
    return events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      auto destination = storage::get_model<ApiDestination>(txn, key);
      if (!destination) return no_destination(name);
      if (find(call.input, "ConnectionArn"))
        TRY_VOID(connection_is_there(txn, scope_of(call), text_of(call.input, "ConnectionArn")));
      merge(*destination, call.input, events.now());
      storage::put_model(txn, key, *destination);
      return answer(*destination);
    });
  };
  return {.name = "UpdateApiDestination",
          .input = &input,
          .access = on_the_destination("UpdateApiDestination"),
          .handle = JsonHandler(handle)};
}

Operation list_api_destinations(Events& events) {
  static const Shape input =
      structure({optional("NamePrefix", name_shape()), optional("ConnectionArn", string().length(1, 1600)),
                 token_member(), limit_member()});
  auto handle = [&events](Call& call) -> Result<Json> {
    const std::string connection = text_of(call.input, "ConnectionArn");
    auto show = [&](const ApiDestination& destination) -> Json {
      if (!connection.empty() && destination.connection_arn != connection) return nullptr;
      Json item = shown(destination);
      item.erase("Description");
      return item;
    };
    return page_of_models<ApiDestination>(events.context.store, call, named_prefix(scope_of(call), "destination"),
                                          "ApiDestinations", show);
  };
  return {.name = "ListApiDestinations",
          .input = &input,
          .access = needs("ListApiDestinations", [](const Call&) { return std::string("*"); }),
          .handle = JsonHandler(handle)};
}

Operation delete_api_destination(Events& events) {
  static const Shape input = structure({required("Name", name_shape())});
  auto handle = [&events](Call& call) -> Result<Json> {
    const std::string name = text_of(call.input, "Name"), key = named_key(scope_of(call), "destination", name);
    return events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (!storage::get_model<ApiDestination>(txn, key)) return no_destination(name);
      txn.erase(storage::Family::meta, key);
      return Json::object();
    });
  };
  return {.name = "DeleteApiDestination",
          .input = &input,
          .access = on_the_destination("DeleteApiDestination"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::eventbridge
