#include <simdjson.h>

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/protocol/internal_failure.h"
#include "emulator/protocol/service.h"
#include "emulator/protocol/sign_in_words.h"
#include "emulator/protocol/unbuilt_operations.h"

namespace millrace::protocol {

JsonService::JsonService(Profile profile, std::vector<Operation> operations)
    : profile_(std::move(profile)), operations_(std::move(operations)) {}

namespace {

constexpr size_t kParserBytesKept = 1u << 20;  // a parser that has grown beyond this isn't kept for the next request
constexpr size_t kParsersKept = 16;            // per thread

/// Parsers own large buffers, so they are used again; each thread keeps its own.
std::vector<std::unique_ptr<simdjson::dom::parser>>& spare_parsers() {
  thread_local std::vector<std::unique_ptr<simdjson::dom::parser>> spare;
  return spare;
}

std::shared_ptr<simdjson::dom::parser> lease_parser() {
  auto& spare = spare_parsers();
  std::unique_ptr<simdjson::dom::parser> parser;
  if (spare.empty()) {
    parser = std::make_unique<simdjson::dom::parser>();
  } else {
    parser = std::move(spare.back());
    spare.pop_back();
  }
  return {parser.release(), [](simdjson::dom::parser* returned) {
            std::unique_ptr<simdjson::dom::parser> owned(returned);
            auto& mine = spare_parsers();
            if (owned->capacity() <= kParserBytesKept && mine.size() < kParsersKept) mine.push_back(std::move(owned));
          }};
}

/// What isn't a call at all; its body isn't JSON either.
constexpr ErrorKind kNotACall{"UnknownOperationException", 404};

bool is_post_of_json(const HttpRequest& request) {
  std::string_view type = request.headers.get("content-type");
  return request.method == "POST" &&
         (type.empty() || type.starts_with("application/x-amz-json-1.") || type.starts_with("application/json"));
}

/// A browser's question whether a page of that origin may ask. Only pages that the server's front lets in get here.
const Operation kPreflight{
    .name = "preflight",
    .handle = ReplyHandler([](Call& call) -> Result<HttpReply> {
      HttpReply reply;
      const Headers& asked = call.http.headers;
      if (asked.has("access-control-request-headers"))
        reply.headers.set("Access-Control-Allow-Headers", std::string(asked.get("access-control-request-headers")));
      if (asked.has("access-control-request-method"))
        reply.headers.set("Access-Control-Allow-Methods", std::string(asked.get("access-control-request-method")));
      reply.headers.set("Access-Control-Max-Age", "172800");
      return reply;
    }),
    .runs = Runs::inlined};

}  // namespace

Result<void> JsonService::decode(Call& call) {
  if (call.http.method == "OPTIONS" && call.http.headers.has("origin")) {
    call.operation = &kPreflight;
    return {};
  }
  if (profile_.dynamodb_front && !is_post_of_json(call.http)) return AwsError(kNotACall, "");
  std::string_view target = call.http.headers.get("x-amz-target");
  size_t dot = target.find('.');
  bool ours = dot != std::string_view::npos && target.substr(0, dot) == profile_.target_prefix;
  std::string_view name = ours ? target.substr(dot + 1) : std::string_view();
  std::string_view body = call.http.body;
  auto malformed = [&] { return AwsError(profile_.errors.serialization, ""); };

  call.operation = operations_.find(name);
  if (!call.operation) {
    if (!body.empty() && !parse_json(body)) return malformed();
    return no_such_json_operation(profile_.errors, profile_.target_prefix, name);
  }
  if (call.query.end() != std::find_if(call.query.begin(), call.query.end(),
                                       [](const auto& parameter) { return parameter.first == "X-Amz-Algorithm"; }) &&
      call.http.headers.has("authorization"))
    return AwsError(profile_.errors.wrong_signature,
                    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
  if (call.operation->dom_input) {
    call.dom_parser = lease_parser();
    call.http.body.reserve(body.size() + simdjson::SIMDJSON_PADDING);  // simdjson reads past the end, never uses it
    simdjson::dom::element root;
    auto parsed = call.dom_parser->parse(call.http.body.data(), call.http.body.size(), /*realloc_if_needed=*/false);
    if (parsed.get(root) || !root.is_object()) return malformed();
    call.dom = std::make_shared<const simdjson::dom::element>(root);
    return {};
  }
  if (body.empty()) return {};  // some clients send nothing for an empty input
  auto parsed = parse_json(body);
  if (!parsed || !parsed->is_object() || !is_valid_utf8(body)) return malformed();
  call.input = std::move(*parsed);
  return {};
}

AwsError JsonService::invalid_input(const InputError& error) const {
  bool serialization = error.kind == InputError::Kind::serialization;
  return {serialization ? profile_.errors.serialization : profile_.errors.validation, error.message};
}

AwsError JsonService::access_denied(const Denial& denial) const {
  return {profile_.errors.access_denied, denial_message(denial)};
}

AwsError JsonService::sign_in_failed(SignInError error, const Call& call) const {
  if (error == SignInError::incomplete_signature) return incomplete_signature_error(profile_.errors, call);
  return sign_in_error(profile_.errors, error);
}

HttpReply JsonService::render(const Call&, const Json& output) const {
  HttpReply reply;
  if (!output.is_null()) reply.body = to_text(output);
  return reply;
}

HttpReply JsonService::render_error(const Call& call, const AwsError& error) const {
  if (error.is(kStoreFault)) {
    static const ErrorKind front{"InternalServerError", 500, "com.amazonaws.dynamodb.v20120810#"};
    static const ErrorKind other{"InternalFailure", 500};
    return profile_.dynamodb_front ? render_error(call, AwsError(front, "Internal server error"))
                                   : render_error(call, AwsError(other, std::string(kInternalFailureText)));
  }
  HttpReply reply;
  reply.status = error.kind->http_status;
  if (error.kind == &kNotACall) {
    reply.headers.set("Content-Type", "text/xml");  // unverified: the body is known, its type isn't
    reply.body = "<UnknownOperationException/>\n";
    return reply;
  }
  Json body = Json::object();
  body["__type"] = std::string(error.kind->prefix) + error.kind->code;
  for (const auto& [name, value] : error.extra.items()) body[name] = value;
  if (!error.message.empty()) body[error.kind->message_key] = error.message;
  reply.body = to_text(body);
  return reply;
}

std::string JsonService::new_request_id(Random& random) const {
  return profile_.dynamodb_front ? random.text(52, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") : random.uuid();
}

void JsonService::finish(const Call& call, HttpReply& reply) const {
  reply.headers.set("x-amzn-RequestId", call.request_id);
  if (call.http.headers.has("origin")) {
    reply.headers.set("Access-Control-Allow-Origin", "*");
    if (call.operation != &kPreflight)
      reply.headers.set("Access-Control-Expose-Headers",
                        "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date");
  }
  if (!reply.headers.has("Content-Type")) reply.headers.set("Content-Type", profile_.content_type);
  if (!profile_.dynamodb_front) return;
  reply.headers.set("Server", "Server");
  reply.headers.set("x-amz-crc32", std::to_string(crc32(reply.body)));
}

}  // namespace millrace::protocol
