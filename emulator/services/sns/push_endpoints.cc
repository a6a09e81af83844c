// Endpoints of platform applications: devices, by the token that their platform knows them by.

#include "emulator/services/sns/push_targets.h"
#include "emulator/storage/document_form.h"

namespace millrace::sns {

using namespace protocol;

namespace {

Operation create_platform_endpoint(Sns& sns) {
  static const Shape input = structure({required("PlatformApplicationArn", string()), required("Token", string()),
                                        optional("CustomUserData", string()), optional("Attributes", map(string()))});
  auto handle = [&sns](Call& call) -> Result<Json> {
    const std::string token = text_of(call.input, "Token");
    Json attributes{{"Enabled", "true"}, {"Token", token}};
    if (find(call.input, "CustomUserData")) attributes["CustomUserData"] = text_of(call.input, "CustomUserData");
    attributes.update(call.input.value("Attributes", Json::object()));
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(PushTarget application, called_push_target(txn, call, "PlatformApplicationArn", "app"));
      const Arn arn = *Arn::parse(application.arn);
      for (const PushTarget& other : endpoints_of(txn, arn)) {
        if (text_of(other.attributes, "Token") != token) continue;
        if (other.attributes == attributes) return Json{{"EndpointArn", other.arn}};
        return AwsError(errors::invalid_parameter,
                        "Invalid parameter: Token Reason: Endpoint " + other.arn +
                            " already exists with the same Token, but different attributes.");
      }
      PushTarget made;
      made.arn = make_arn("sns", arn.region, arn.account,
                          "endpoint" + arn.resource.substr(3) + "/" + sns.context.random.uuid());
      made.attributes = attributes;
      put_push_target(txn, made);
      return Json{{"EndpointArn", made.arn}};
    });
  };
  return {.name = "CreatePlatformEndpoint",
          .input = &input,
          .access = push_access("CreatePlatformEndpoint", "PlatformApplicationArn"),
          .handle = JsonHandler(handle)};
}

Operation get_endpoint_attributes(Sns& sns) {
  static const Shape input = structure({required("EndpointArn", string())});
  auto handle = [&sns](Call& call) -> Result<Json> {
    TRY(PushTarget endpoint, called_push_target(sns.context.store, call, "EndpointArn", "endpoint"));
    return Json{{"Attributes", endpoint.attributes}};
  };
  return {.name = "GetEndpointAttributes",
          .input = &input,
          .access = push_access("GetEndpointAttributes", "EndpointArn"),
          .handle = JsonHandler(handle)};
}

Operation set_endpoint_attributes(Sns& sns) {
  static const Shape input = structure({required("EndpointArn", string()), required("Attributes", map(string()))});
  auto handle = [&sns](Call& call) -> Result<Json> {
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(PushTarget endpoint, called_push_target(txn, call, "EndpointArn", "endpoint"));
      endpoint.attributes.update(call.input.value("Attributes", Json::object()));
      put_push_target(txn, endpoint);
      return Json();
    });
  };
  return {.name = "SetEndpointAttributes",
          .input = &input,
          .access = push_access("SetEndpointAttributes", "EndpointArn"),
          .handle = JsonHandler(handle)};
}

Operation list_endpoints_by_platform_application(Sns& sns) {
  static const Shape input = structure({required("PlatformApplicationArn", string())});
  auto handle = [&sns](Call& call) -> Result<Json> {
    TRY(PushTarget application, called_push_target(sns.context.store, call, "PlatformApplicationArn", "app"));
    TRY(Pager page, page_in(call, application.arn));
    Json out{{"Endpoints", Json::array()}};
    for (const PushTarget& one : endpoints_of(sns.context.store, *Arn::parse(application.arn))) {
      if (page.takes(one.arn)) out["Endpoints"].push_back({{"EndpointArn", one.arn}, {"Attributes", one.attributes}});
    }
    if (auto next = page.next_token()) out["NextToken"] = std::move(*next);
    return out;
  };
  return {.name = "ListEndpointsByPlatformApplication",
          .input = &input,
          .access = push_access("ListEndpointsByPlatformApplication", "PlatformApplicationArn"),
          .handle = JsonHandler(handle)};
}

/// Deleting a missing one succeeds.
Operation delete_endpoint(Sns& sns) {
  static const Shape input = structure({required("EndpointArn", string())});
  auto handle = [&sns](Call& call) -> Result<Json> {
    const auto arn = Arn::parse(text_of(call.input, "EndpointArn"));
    if (!arn) return no_arn("EndpointArn", text_of(call.input, "EndpointArn"));
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      txn.erase(storage::Family::meta, push_key(*arn));
      return Json();
    });
  };
  return {.name = "DeleteEndpoint",
          .input = &input,
          .access = push_access("DeleteEndpoint", "EndpointArn"),
          .handle = JsonHandler(handle)};
}

}  // namespace

Result<void> check_push_endpoint(const storage::Reader& reader, const std::string& text) {
  const auto arn = Arn::parse(text);
  auto endpoint = arn ? storage::get_model<PushTarget>(reader, push_key(*arn)) : std::nullopt;
  if (!endpoint)
    return AwsError(errors::invalid_parameter,
                    "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified");
  if (text_of(endpoint->attributes, "Enabled") == "false")
    return AwsError(errors::endpoint_disabled, "Endpoint is disabled");
  return {};
}

void add_endpoint_operations(std::vector<Operation>& operations, Sns& sns) {
  operations.push_back(create_platform_endpoint(sns));
  operations.push_back(get_endpoint_attributes(sns));
  operations.push_back(set_endpoint_attributes(sns));
  operations.push_back(list_endpoints_by_platform_application(sns));
  operations.push_back(delete_endpoint(sns));
}

}  // namespace millrace::sns
