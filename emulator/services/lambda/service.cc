#include "emulator/services/lambda/service.h"

#include <set>

#include "emulator/services/lambda/async_invocations.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/function_caller.h"
#include "emulator/services/lambda/function_url.h"
#include "emulator/services/lambda/mappings.h"
#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/policy.h"
#include "emulator/services/lambda/provisioned_concurrency.h"

namespace millrace::lambda {

namespace {

std::vector<protocol::Operation> operations_of(Lambda& lambda) {
  std::vector<protocol::Operation> operations = {
      create_function(lambda),
      get_function(lambda),
      get_function_configuration(lambda),
      list_functions(lambda),
      update_function_code(lambda),
      update_function_configuration(lambda),
      delete_function(lambda),
      download_code(lambda),
      create_event_source_mapping(lambda),
      get_event_source_mapping(lambda),
      list_event_source_mappings(lambda),
      update_event_source_mapping(lambda),
      delete_event_source_mapping(lambda),
      publish_version(lambda),
      list_versions_by_function(lambda),
      create_alias(lambda),
      get_alias(lambda),
      list_aliases(lambda),
      update_alias(lambda),
      delete_alias(lambda),
      publish_layer_version(lambda),
      get_layer_version(lambda),
      list_layers(lambda),
      list_layer_versions(lambda),
      delete_layer_version(lambda),
      add_layer_version_permission(lambda),
      get_layer_version_policy(lambda),
      remove_layer_version_permission(lambda),
      add_permission(lambda),
      get_policy(lambda),
      remove_permission(lambda),
      put_function_concurrency(lambda),
      get_function_concurrency(lambda),
      delete_function_concurrency(lambda),
      put_provisioned_concurrency_config(lambda),
      get_provisioned_concurrency_config(lambda),
      delete_provisioned_concurrency_config(lambda),
      put_function_event_invoke_config(lambda),
      update_function_event_invoke_config(lambda),
      get_function_event_invoke_config(lambda),
      list_function_event_invoke_configs(lambda),
      delete_function_event_invoke_config(lambda),
      create_function_url_config(lambda),
      get_function_url_config(lambda),
      list_function_url_configs(lambda),
      update_function_url_config(lambda),
      delete_function_url_config(lambda),
      tag_resource(lambda),
      untag_resource(lambda),
      list_tags(lambda),
      get_account_settings(lambda),
      create_code_signing_config(lambda),
      get_code_signing_config(lambda),
      list_code_signing_configs(lambda),
      update_code_signing_config(lambda),
      delete_code_signing_config(lambda),
      list_functions_by_code_signing_config(lambda),
      get_function_code_signing_config(lambda),
      put_function_code_signing_config(lambda),
      delete_function_code_signing_config(lambda),
      get_function_recursion_config(lambda),
      put_function_recursion_config(lambda),
      get_runtime_management_config(lambda),
      put_runtime_management_config(lambda),
      get_function_scaling_config(lambda),
      put_function_scaling_config(lambda),
      put_resource_policy(lambda),
      get_resource_policy(lambda),
      delete_resource_policy(lambda),
      create_capacity_provider(lambda),
      get_capacity_provider(lambda),
      list_capacity_providers(lambda),
      update_capacity_provider(lambda),
      delete_capacity_provider(lambda),
      list_function_versions_by_capacity_provider(lambda),
      invoke(lambda),
      invoke_async(lambda),
      invoke_with_response_stream(lambda),
  };
  for (protocol::Operation& operation : unbuilt_operations()) operations.push_back(std::move(operation));
  // An account's root is held to other accounts' policies too: functions can be named by ARN.
  for (protocol::Operation& operation : operations) operation.checks_root = operation.access != nullptr;
  return operations;
}

/// REST-JSON with Lambda's own words for what the protocol refuses.
class LambdaApi final : public protocol::RestJsonService {
 public:
  explicit LambdaApi(std::unique_ptr<Lambda> lambda)
      : RestJsonService(Profile{errors::service_errors()}, operations_of(*lambda)), lambda_(std::move(lambda)) {}

  Result<void> decode(protocol::Call& call) override {
    TRY_VOID(RestJsonService::decode(call));
    // With checks_root the pipeline would let an unsigned request come as far as the policies; the API has no use for it.
    bool is_signed =
        call.http.headers.has("authorization") || protocol::query_value(call.query, "X-Amz-Signature").has_value();
    if (call.operation->access && !is_signed) return sign_in_failed(protocol::SignInError::missing_token, call);
    return {};
  }
  AwsError body_too_large(const protocol::Call& call) const override {
    std::string_view path = call.http.raw_path();
    bool code = path.ends_with("/code");
    return {errors::too_large, "Request must be smaller than " + std::to_string(body_bytes_max()) + " bytes for the " +
                                   (code ? "UpdateFunctionCode" : "CreateFunction") + " operation"};
  }
  protocol::HttpReply render_error(const protocol::Call& call, const AwsError& error) const override {
    if (error.is(errors::access_denied) && says_nothing(call, error)) {
      protocol::HttpReply reply = RestJsonService::render_error(call, error);
      reply.body = R"({"Message":null})";
      return reply;
    }
    if (!error.is(errors::invalid_request_content) || error.extra.contains("Type"))
      return RestJsonService::render_error(call, error);
    return RestJsonService::render_error(
        call, AwsError(errors::invalid_request_content, error.message, errors::user_fault()));
  }

 private:
  /// Of GetFunction by another account's ARN, and of CreateFunction in another account, AWS gives no reason [rec].
  static bool says_nothing(const protocol::Call& call, const AwsError& error) {
    if (error.message.empty()) return true;
    if (call.operation == nullptr || call.operation->name != "GetFunction") return false;
    std::string account = call.caller.account;
    return parse_function_name(text_of(call.input, "FunctionName"), account, call.caller.region).account != account;
  }

  std::unique_ptr<Lambda> lambda_;
};

/// The packages that some document names.
std::set<std::string> packages_in_use(const storage::Reader& store) {
  std::set<std::string> out;
  for (const Json& document : storage::list_documents(store, storage::document_key({"lambda"}))) {
    if (const Json* code = find(document, "code")) out.insert(text_of(*code, "id"));
    if (const Json* layers = find(document, "layer_codes")) {
      for (const Json& id : *layers) out.insert(id.get<std::string>());
    }
  }
  return out;
}

}  // namespace

Services make_services(ServiceContext context, Functions& functions, Ports ports) {
  const std::set<std::string> packages = packages_in_use(context.store);
  functions.code().sweep(packages);
  if (!packages.empty() && ports.expect_python) ports.expect_python();  // hardly any store's functions are others alone
  auto lambda = std::make_unique<Lambda>(context, functions, ports);
  put_all_mappings(*lambda);
  lambda->async->start();
  refresh_all_provisioned(*lambda);
  Lambda& state = *lambda;
  Services out;
  out.function_urls = make_function_url_service(state);
  out.caller = make_function_caller(state);
  out.api = std::make_shared<LambdaApi>(std::move(lambda));
  out.invoke_async = [&state](const std::string& arn, const std::string& payload, const std::string& trace_header) {
    return state.async->accept(
        {parse_function_name(arn, "", ""), payload, state.context.random.uuid(), traced(trace_header)});
  };
  out.function_policy = [&state](const std::string& arn) {
    return policy_text(state.context.store, parse_function_name(arn, "", ""));
  };
  out.events = &state.async->events();
  return out;
}

}  // namespace millrace::lambda
