#include "emulator/services/lambda/service.h"

#include <set>

#include "emulator/services/lambda/async_invocations.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/mappings.h"
#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/policy.h"

namespace millrace::lambda {

namespace {

std::vector<protocol::Operation> operations_of(Lambda& lambda) {
  return {
      create_function(lambda),
      get_function(lambda),
      get_function_configuration(lambda),
      list_functions(lambda),
      update_function_code(lambda),
      update_function_configuration(lambda),
      delete_function(lambda),
      download_code(lambda),
      publish_version(lambda),
      list_versions_by_function(lambda),
      create_event_source_mapping(lambda),
      get_event_source_mapping(lambda),
      list_event_source_mappings(lambda),
      update_event_source_mapping(lambda),
      delete_event_source_mapping(lambda),
      tag_resource(lambda),
      untag_resource(lambda),
      list_tags(lambda),
      get_function_code_signing_config(lambda),
      invoke(lambda),
      invoke_async(lambda),
  };
}

/// REST-JSON with Lambda's own words for what the protocol refuses.
class LambdaApi final : public protocol::RestJsonService {
 public:
  explicit LambdaApi(std::unique_ptr<Lambda> lambda)
      : RestJsonService(Profile{errors::service_errors()}, operations_of(*lambda)), lambda_(std::move(lambda)) {}

  AwsError body_too_large(const protocol::Call& call) const override {
    std::string_view path = call.http.raw_path();
    bool code = path.ends_with("/code");
    return {errors::too_large, "Request must be smaller than " + std::to_string(body_bytes_max()) + " bytes for the " +
                                   (code ? "UpdateFunctionCode" : "CreateFunction") + " operation"};
  }
  protocol::HttpReply render_error(const protocol::Call& call, const AwsError& error) const override {
    if (!error.is(errors::invalid_request_content) || error.extra.contains("Type")) return RestJsonService::render_error(call, error);
    return RestJsonService::render_error(call, AwsError(errors::invalid_request_content, error.message, errors::user_fault()));
  }

 private:
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
  functions.code().sweep(packages_in_use(context.store));
  auto lambda = std::make_unique<Lambda>(context, functions, ports);
  put_all_mappings(*lambda);
  lambda->async->start();
  Lambda& state = *lambda;
  Services out;
  out.api = std::make_shared<LambdaApi>(std::move(lambda));
  out.invoke_async = [&state](const std::string& arn, const std::string& payload) {
    return state.async->accept(parse_function_name(arn, "", ""), payload, state.context.random.uuid());
  };
  out.function_policy = [&state](const std::string& arn) { return policy_text(state.context.store, parse_function_name(arn, "", "")); };
  out.events_waiting = [&state] { return state.async->waiting(); };
  return out;
}

}  // namespace millrace::lambda
