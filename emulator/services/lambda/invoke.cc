#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/ports/payload_limits.h"
#include "emulator/services/lambda/async_invocations.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/payload.h"
#include "emulator/services/lambda/running.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

Shape input_shape() {
  return structure({qualifier_member(), function_name_member(),
                    optional("InvocationType", string().one_of({"Event", "RequestResponse", "DryRun"})),
                    optional("LogType", string().one_of({"None", "Tail"})), optional("ClientContext", string()),
                    tenant_id_member()});
}

/// Invoke says `:$LATEST` of a function that isn't there, even when no qualifier was given [rec].
AwsError not_found(FunctionRef ref) {
  if (ref.qualifier.empty()) ref.qualifier = kLatest;
  return function_not_found(ref);
}

HttpReply reply_of(ports::InvocationResult result, const ports::FunctionVersion& version, bool want_tail) {
  HttpReply reply;
  reply.headers.set("X-Amz-Executed-Version", version.version);
  bool failed = result.status == ports::InvocationStatus::function_error;
  if (!failed && result.payload.size() > ports::kResponsePayloadMax) {
    failed = true;
    result.payload = ports::response_too_large();
  }
  if (failed) reply.headers.set("X-Amz-Function-Error", "Unhandled");
  if (want_tail) reply.headers.set("X-Amz-Log-Result", to_base64(result.log_tail));
  reply.body = std::move(result.payload);
  return reply;
}

HttpReply empty_reply(int status) {
  HttpReply reply;
  reply.status = status;
  return reply;
}

/// The ClientContext as the runtime gets it; empty if none was given.
Result<std::string> client_context(const Json& input) {
  auto given = optional_text(input, "ClientContext");
  if (!given || given->empty()) return std::string();
  auto text = from_base64(*given);
  auto document = text ? parse_json(*text) : std::nullopt;
  if (!document || !document->is_object())
    return AwsError(errors::invalid_request_content, "Client context must be a valid Base64-encoded JSON object.",
                    errors::user_fault());
  return std::move(*text);
}

void run(Lambda& lambda, std::shared_ptr<Call> call, const FunctionRef& ref, std::string payload, std::string context,
         const Responder& respond) {
  ports::Invocation invocation;
  invocation.request_id = call->request_id;
  invocation.payload = std::move(payload);
  invocation.client_context = std::move(context);
  invocation.trace_header = traced(call->http.headers.get("x-amzn-trace-id"));
  invocation.tenant_id = text_of(call->input, "TenantId");
  bool want_tail = text_of(call->input, "LogType") == "Tail";
  invocation.want_log_tail = want_tail;
  run_function(lambda, ref, std::move(invocation), [ref, want_tail, respond](Result<Ran> ran) {
    if (ran.has_value() && ran->result.refusal) return respond(*ran->result.refusal);
    if (ran.has_value()) return respond(reply_of(std::move(ran->result), *ran->version, want_tail));
    bool missing = ran.error().is(errors::resource_not_found);
    respond(missing ? not_found(ref) : std::move(ran).error());
  });
}

void handle(Lambda& lambda, std::shared_ptr<Call> call, Responder respond) {
  auto ref = function_of(*call);
  if (ref.has_error()) return respond(std::move(ref).error());
  std::string type = text_of(call->input, "InvocationType", "RequestResponse");
  const std::string tenant = text_of(call->input, "TenantId");
  if (type == "DryRun") {
    auto exists = check_invocable(lambda, *ref, tenant);
    if (exists.has_error()) return respond(std::move(exists).error());
    return respond(empty_reply(204));
  }
  auto context = client_context(call->input);
  if (context.has_error()) return respond(std::move(context).error());
  auto payload = request_payload(std::move(call->http.body), type == "Event");
  if (payload.has_error()) return respond(std::move(payload).error());
  if (type == "Event") {
    auto exists = check_invocable(lambda, *ref, tenant);
    if (exists.has_error()) return respond(std::move(exists).error());
    AsyncEvent event{*ref, std::move(*payload), call->request_id, traced(call->http.headers.get("x-amzn-trace-id")),
                     tenant};
    lambda.async->accept(std::move(event), [call, respond](Result<void> accepted) {
      if (accepted.has_error()) return respond(std::move(accepted).error());
      respond(empty_reply(202));
    });
    return;
  }
  run(lambda, std::move(call), *ref, std::move(*payload), std::move(*context), respond);
}

}  // namespace

std::string traced(std::string_view header) {
  constexpr size_t kHeaderMax = 1024;  // ours; a header of AWS's has less than 150
  bool clean = std::all_of(header.begin(), header.end(), [](unsigned char c) { return c > ' ' && c < 0x7f; });
  return clean && header.size() <= kHeaderMax && header.find("Root=") != std::string_view::npos ? std::string(header)
                                                                                                : std::string();
}

std::vector<RestParameter> invocation_parameters() {
  using In = RestParameter::In;
  return {{"Qualifier", "Qualifier"},
          {"InvocationType", "X-Amz-Invocation-Type", In::header},
          {"LogType", "X-Amz-Log-Type", In::header},
          {"ClientContext", "X-Amz-Client-Context", In::header},
          {"TenantId", "X-Amz-Tenant-Id", In::header}};
}

Member tenant_id_member() {
  return optional("TenantId", string().length(1, 256).pattern(R"([a-zA-Z0-9\._:\/=+\-@ ]+)"));
}

Result<void> check_invocable(Lambda& lambda, const FunctionRef& ref, const std::string& tenant_id) {
  auto document = load_qualified(lambda.context.store, ref, lambda.now());
  if (document.has_error()) return not_found(ref);
  if (is_pending(*document))
    return errors::conflict(
        "The operation cannot be performed at this time. The function is currently in the following state: Pending");
  return check_tenant(find(document->at("config"), "TenancyConfig"), tenant_id);
}

Operation invoke(Lambda& lambda) {
  static const Shape input = input_shape();
  return {.name = "Invoke",
          .input = &input,
          .rest = {{"POST", "/2015-03-31/functions/{FunctionName}/invocations", 200, invocation_parameters(), true}},
          .access = on_function(lambda, "lambda:InvokeFunction"),
          .handle = AsyncHandler([&lambda](std::shared_ptr<Call> call, Responder respond) {
            handle(lambda, std::move(call), std::move(respond));
          })};
}

Operation invoke_async(Lambda& lambda) {
  static const Shape input = structure({function_name_member()});
  return {.name = "InvokeAsync",
          .input = &input,
          .rest = {{"POST", "/2014-11-13/functions/{FunctionName}/invoke-async", 202, {}, true}},
          .access = on_function(lambda, "lambda:InvokeFunction"),
          .handle = ReplyHandler([&lambda](Call& call) -> Result<HttpReply> {
            TRY(FunctionRef ref, function_of(call));
            TRY(std::string payload, request_payload(std::move(call.http.body), true));
            TRY_VOID(check_invocable(lambda, ref));
            TRY_VOID(lambda.async->accept(
                {ref, std::move(payload), call.request_id, traced(call.http.headers.get("x-amzn-trace-id"))}));
            HttpReply reply = empty_reply(202);
            reply.body = R"({"Status":202})";
            return reply;
          })};
}

}  // namespace millrace::lambda
