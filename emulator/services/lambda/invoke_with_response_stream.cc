// InvokeWithResponseStream: the answer in AWS's event stream framing. The runtimes here answer whole, so there is one
// PayloadChunk (or a few, by size) and then InvokeComplete.

#include "emulator/base/encoding.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/payload.h"
#include "emulator/services/lambda/running.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr size_t kChunkMax = 1 << 20;
constexpr char kStringHeader = 7;

void put_u32(std::string& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

void put_header(std::string& out, std::string_view name, std::string_view value) {
  out.push_back(static_cast<char>(name.size()));
  out.append(name);
  out.push_back(kStringHeader);
  out.push_back(static_cast<char>(value.size() >> 8));
  out.push_back(static_cast<char>(value.size()));
  out.append(value);
}

/// vnd.amazon.eventstream: total length, headers' length, their CRC; headers, payload; the CRC of all that.
void append_event(std::string& out, std::string_view type, std::string_view content_type, std::string_view payload) {
  std::string headers;
  put_header(headers, ":event-type", type);
  put_header(headers, ":content-type", content_type);
  put_header(headers, ":message-type", "event");
  std::string message;
  put_u32(message, static_cast<uint32_t>(16 + headers.size() + payload.size()));
  put_u32(message, static_cast<uint32_t>(headers.size()));
  put_u32(message, crc32(message));
  message += headers;
  message += payload;
  put_u32(message, crc32(message));
  out += message;
}

HttpReply stream_reply(const Ran& ran, bool want_tail) {
  HttpReply reply;
  reply.headers.set("Content-Type", "application/vnd.amazon.eventstream");
  reply.headers.set("X-Amz-Executed-Version", ran.version->version);
  Json complete = Json::object();
  if (ran.result.status == ports::InvocationStatus::function_error) {
    complete["ErrorCode"] = "Unhandled";
    complete["ErrorDetails"] = ran.result.payload;
  } else {
    std::string_view rest = ran.result.payload;
    for (; !rest.empty(); rest.remove_prefix(std::min(rest.size(), kChunkMax)))
      append_event(reply.body, "PayloadChunk", "application/octet-stream", rest.substr(0, kChunkMax));
  }
  if (want_tail) complete["LogResult"] = to_base64(ran.result.log_tail);
  append_event(reply.body, "InvokeComplete", "application/json", to_text(complete));
  return reply;
}

void handle(Lambda& lambda, const std::shared_ptr<Call>& call, const Responder& respond) {
  auto ref = function_of(*call);
  if (ref.has_error()) return respond(std::move(ref).error());
  auto payload = request_payload(std::move(call->http.body), false);
  if (payload.has_error()) return respond(std::move(payload).error());
  ports::Invocation invocation;
  invocation.request_id = call->request_id;
  invocation.payload = std::move(*payload);
  if (auto context = optional_text(call->input, "ClientContext")) invocation.client_context = from_base64(*context).value_or("");
  bool want_tail = text_of(call->input, "LogType") == "Tail";
  invocation.want_log_tail = want_tail;
  run_function(lambda, *ref, std::move(invocation), [want_tail, respond](Result<Ran> ran) {
    if (ran.has_error()) return respond(std::move(ran).error());
    respond(stream_reply(*ran, want_tail));
  });
}

}  // namespace

Operation invoke_with_response_stream(Lambda& lambda) {
  static const Shape input =
      structure({qualifier_member(), function_name_member(), optional("InvocationType", string().one_of({"RequestResponse", "DryRun"})),
                 optional("LogType", string().one_of({"None", "Tail"})), optional("ClientContext", string())});
  using In = RestParameter::In;
  return {.name = "InvokeWithResponseStream",
          .input = &input,
          .rest = {{"POST", "/2021-11-15/functions/{FunctionName}/response-streaming-invocations", 200,
                    {{"Qualifier", "Qualifier"},
                     {"InvocationType", "X-Amz-Invocation-Type", In::header},
                     {"LogType", "X-Amz-Log-Type", In::header},
                     {"ClientContext", "X-Amz-Client-Context", In::header}},
                    true}},
          .access = on_function(lambda, "lambda:InvokeFunction"),
          .handle = AsyncHandler([&lambda](std::shared_ptr<Call> call, Responder respond) { handle(lambda, call, respond); })};
}

}  // namespace millrace::lambda
