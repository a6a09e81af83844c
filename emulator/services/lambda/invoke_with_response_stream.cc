// InvokeWithResponseStream: the answer in AWS's event stream framing, each piece sent when the function has written it
// (nodejs*'s awslambda.streamifyResponse, provided.* in the response mode `streaming`). A runtime that answers whole,
// as Python's does on AWS too, gives one PayloadChunk (or a few, by size). InvokeComplete ends it.

#include "emulator/base/encoding.h"
#include "emulator/protocol/event_stream.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/payload.h"
#include "emulator/services/lambda/response_stream.h"
#include "emulator/services/lambda/running.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr size_t kChunkMax = 1 << 20;
std::string payload_chunk(std::string_view bytes) {
  return event_stream_message("event", "PayloadChunk", bytes, "application/octet-stream");
}

HttpReply stream_head(const ports::FunctionVersion& version) {
  HttpReply reply;
  reply.headers.set("Content-Type", "application/vnd.amazon.eventstream");
  reply.headers.set("X-Amz-Executed-Version", version.version);
  return reply;
}

std::string complete_event(const ports::InvocationResult& result, bool want_tail) {
  Json complete = Json::object();
  if (result.status == ports::InvocationStatus::function_error) {
    complete["ErrorCode"] = "Unhandled";
    complete["ErrorDetails"] = result.payload;
  }
  if (want_tail) complete["LogResult"] = to_base64(result.log_tail);
  return event_stream_message("event", "InvokeComplete", to_text(complete));
}

HttpReply stream_reply(const Ran& ran, bool want_tail) {
  HttpReply reply = stream_head(*ran.version);
  if (ran.result.status == ports::InvocationStatus::ok) {
    std::string_view rest = ran.result.payload;
    for (; !rest.empty(); rest.remove_prefix(std::min(rest.size(), kChunkMax)))
      reply.body += payload_chunk(rest.substr(0, kChunkMax));
  }
  reply.body += complete_event(ran.result, want_tail);
  return reply;
}

/// Answers with the first piece, and then goes on.
class EventStream final : public StreamedResponse {
 public:
  explicit EventStream(Responder respond) : respond_(std::move(respond)) {}
  void begin(const std::string&) override {
    begun_ = true;
    HttpReply reply = stream_head(*version);
    reply.stream = body_->source();
    respond_(std::move(reply));
  }
  void piece(std::string bytes, std::function<void()> more) override {
    std::string event;
    event += payload_chunk(bytes);
    body_->push(std::move(event), std::move(more));
  }
  void ended(Result<Ran> ran, bool want_tail) {
    if (begun_ && ran.has_error()) return body_->fail();
    if (begun_) return body_->finish(complete_event(ran->result, want_tail));
    if (ran.has_error()) return respond_(std::move(ran).error());
    respond_(stream_reply(*ran, want_tail));
  }

 private:
  Responder respond_;
  bool begun_ = false;
  std::shared_ptr<StreamedBody> body_ = std::make_shared<StreamedBody>();
};

void handle(Lambda& lambda, const std::shared_ptr<Call>& call, const Responder& respond) {
  auto ref = function_of(*call);
  if (ref.has_error()) return respond(std::move(ref).error());
  auto payload = request_payload(std::move(call->http.body), false);
  if (payload.has_error()) return respond(std::move(payload).error());
  ports::Invocation invocation;
  invocation.request_id = call->request_id;
  invocation.payload = std::move(*payload);
  if (auto context = optional_text(call->input, "ClientContext"))
    invocation.client_context = from_base64(*context).value_or("");
  bool want_tail = text_of(call->input, "LogType") == "Tail";
  invocation.want_log_tail = want_tail;
  invocation.tenant_id = text_of(call->input, "TenantId");
  if (text_of(call->input, "InvocationType") == "DryRun") {
    auto exists = check_invocable(lambda, *ref, invocation.tenant_id);
    if (exists.has_error()) return respond(std::move(exists).error());
    HttpReply nothing;
    nothing.status = 204;
    return respond(std::move(nothing));
  }
  auto stream = std::make_shared<EventStream>(respond);
  run_streamed(lambda, *ref, std::move(invocation), stream,
               [want_tail, stream](Result<Ran> ran) { stream->ended(std::move(ran), want_tail); });
}

}  // namespace

Operation invoke_with_response_stream(Lambda& lambda) {
  static const Shape input = structure({qualifier_member(), function_name_member(),
                                        optional("InvocationType", string().one_of({"RequestResponse", "DryRun"})),
                                        optional("LogType", string().one_of({"None", "Tail"})),
                                        optional("ClientContext", string()), tenant_id_member()});
  return {.name = "InvokeWithResponseStream",
          .input = &input,
          .rest = {{"POST", "/2021-11-15/functions/{FunctionName}/response-streaming-invocations", 200,
                    invocation_parameters(), true}},
          .access = on_function(lambda, "lambda:InvokeFunction"),
          .handle = AsyncHandler(
              [&lambda](std::shared_ptr<Call> call, Responder respond) { handle(lambda, call, respond); })};
}

}  // namespace millrace::lambda
