// A batch on its way through a pipe: enrichment, input templates, the target.

#include "emulator/base/arn.h"
#include "emulator/delivery/input.h"
#include "emulator/services/pipes/pipes.h"

namespace millrace::pipes {

namespace {

using ports::InvocationResult;

/// One batch. Steps that wait (functions) come back to the deliveries' thread.
class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(Pipes& pipes, Scope scope, Pipe pipe, std::function<void(InvocationResult)> done)
      : pipes_(pipes), scope_(std::move(scope)), pipe_(std::move(pipe)), done_(std::move(done)) {}

  void begin(const std::string& payload) {
    Json batch = parse_json(payload).value_or(Json::object());
    records_ = batch.value("Records", Json::array());
    began_ = pipes_.now();
    count("Invocations", 1);
    count("EventCount", static_cast<double>(records_.size()));
    const std::string enrichment = pipe_.enrichment.value_or("");
    if (enrichment.empty()) return send(records_, true);
    auto input = inputs(records_, text_of(pipe_.enrichment_parameters.value_or(Json::object()), "InputTemplate"));
    if (!input) return fail("The enrichment's input is not valid JSON.");
    call(enrichment, "[" + joined(*input) + "]",
         [self = shared_from_this()](const std::string& answer) { self->enriched(answer); });
  }

 private:
  void count(const char* metric, double value, const char* unit = "Count") {
    if (ports::Metrics* metrics = pipes_.metrics.get()) {
      metrics->count({scope_.account, scope_.region, "AWS/EventBridge/Pipes", metric, {{"PipeName", pipe_.name}}, unit},
                     value);
    }
  }

  void fail(const std::string& sentence) {
    count("ExecutionFailed", 1);
    count("Duration", static_cast<double>(pipes_.now() - began_), "Milliseconds");
    InvocationResult result;
    result.status = ports::InvocationStatus::function_error;
    result.payload = to_text({{"errorMessage", sentence}, {"errorType", "PipeExecutionFailed"}});
    done_(std::move(result));
  }
  /// What the target answered may name the records that failed.
  void succeed(const std::string& answer) {
    count("Duration", static_cast<double>(pipes_.now() - began_), "Milliseconds");
    InvocationResult result;
    auto parsed = parse_json(answer);
    const bool partial = parsed && parsed->is_object() && parsed->contains("batchItemFailures");
    result.payload = partial ? answer : R"({"batchItemFailures":[]})";
    done_(std::move(result));
  }

  static std::string joined(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts) out += (out.empty() ? "" : ",") + text;
    return out;
  }

  /// An SQS body that is JSON is one to templates.
  static Json with_parsed_body(const Json& record) {
    const Json* body = record.is_object() ? find(record, "body") : nullptr;
    auto parsed = body && body->is_string() ? parse_json(body->get<std::string>()) : std::nullopt;
    if (!parsed) return record;
    Json out = record;
    out["body"] = std::move(*parsed);
    return out;
  }

  std::optional<Json> reserved(const std::string& name, const Json& record) const {
    if (name == "aws.pipes.pipe-arn") return Json(pipe_.arn);
    if (name == "aws.pipes.pipe-name") return Json(pipe_.name);
    if (name == "aws.pipes.source-arn") return Json(pipe_.source);
    if (name == "aws.pipes.enrichment-arn") return Json(pipe_.enrichment.value_or(""));
    if (name == "aws.pipes.target-arn") return Json(pipe_.target);
    if (name == "aws.pipes.event.ingestion-time") return Json(iso_millis(pipes_.now()));
    if (name == "aws.pipes.event" || name == "aws.pipes.event.json") return record;
    return std::nullopt;
  }

  /// Each record as it goes on; nullopt if a template gives no JSON.
  std::optional<std::vector<std::string>> inputs(const Json& records, const std::string& text) const {
    std::vector<std::string> out;
    for (const Json& record : records) {
      if (text.empty()) {
        out.push_back(to_text(record));
        continue;
      }
      const Json readable = with_parsed_body(record);
      auto filled = delivery::fill_in(text, [&](const std::string& name) -> std::optional<Json> {
        if (auto value = reserved(name, readable)) return value;
        const Json* node = delivery::node_at(readable, name);
        if (!node) return std::nullopt;
        return *node;
      });
      if (!filled) return std::nullopt;
      out.push_back(std::move(*filled));
    }
    return out;
  }

  void call(const std::string& function, std::string payload, std::function<void(const std::string& answer)> then) {
    ports::FunctionCall call;
    call.function_arn = function;
    call.payload = std::move(payload);
    call.request_id = pipes_.context.random.uuid();
    call.role_arn = pipe_.role_arn;
    call.service_principal = "pipes.amazonaws.com";
    call.source_account = scope_.account;
    pipes_.functions.get()->call(std::move(call),
                                 [self = shared_from_this(), then = std::move(then)](ports::FunctionAnswer answer) {
                                   self->pipes_.deliveries.post([self, then, answer = std::move(answer)] {
                                     if (answer.status == ports::FunctionAnswer::Status::ok)
                                       return then(answer.payload);
                                     self->fail("The function failed: " + answer.payload);
                                   });
                                 });
  }

  /// A list is a record each; anything else one; nothing ends the batch.
  void enriched(const std::string& answer) {
    Json parsed = parse_json(answer).value_or(Json());
    if (parsed.is_null() || parsed == "" || (parsed.is_structured() && parsed.empty())) return succeed("");
    if (!parsed.is_array()) parsed = Json::array({std::move(parsed)});
    send(parsed, false);
  }

  void send(const Json& records, bool are_originals) {
    const std::string target = pipe_.target;
    const Json parameters = pipe_.target_parameters.value_or(Json::object());
    auto texts = inputs(records, text_of(parameters, "InputTemplate"));
    if (!texts) return fail("The target's input is not valid JSON.");
    const auto arn = Arn::parse(target);
    if (arn && arn->service == "lambda") {
      const Json function = parameters.value("LambdaFunctionParameters", Json::object());
      const std::string payload = "[" + joined(*texts) + "]";
      if (text_of(function, "InvocationType") != "FIRE_AND_FORGET")
        return call(target, payload, [self = shared_from_this()](const std::string& answer) { self->succeed(answer); });
      ports::Message message;
      message.body = payload;
      return finish(pipes_.destination.send(target, message, sender()));
    }
    for (size_t i = 0; i < texts->size(); ++i) {
      // Parameters that are paths look at the event that came, as long as records and events are the same.
      const Json& original = are_originals || records.size() == records_.size() ? records_[i] : records[i];
      auto sent = pipes_.destination.send(target, message_of((*texts)[i], parameters, original), sender());
      if (sent.has_error()) return fail(sent.error().message);
    }
    succeed("");
  }

  void finish(const Result<void>& sent) {
    if (sent.has_error()) return fail(sent.error().message);
    succeed("");
  }

  ports::Destination::Sender sender() const { return {pipe_.role_arn, "", "", scope_.account, scope_.region}; }

  /// A parameter's text, or what its path leads to.
  static std::string dynamic(const Json& parameters, const char* member, const Json& record) {
    const std::string text = text_of(parameters, member);
    if (!delivery::is_path(text)) return text;
    const Json readable = with_parsed_body(record);
    const Json* node = delivery::node_at(readable, text);
    return node ? delivery::bare_text(*node) : "";
  }

  ports::Message message_of(const std::string& text, const Json& parameters, const Json& record) const {
    ports::Message out;
    out.body = text;
    auto copy = [&](const char* kind, std::initializer_list<const char*> members) {
      const Json* given = find(parameters, kind);
      if (!given) return;
      for (const char* member : members) {
        if (std::string value = dynamic(*given, member, record); !value.empty())
          out.parameters[member] = std::move(value);
      }
    };
    copy("SqsQueueParameters", {"MessageGroupId", "MessageDeduplicationId"});
    copy("CloudWatchLogsParameters", {"LogStreamName", "Timestamp"});
    const std::string target = pipe_.target;
    if (target.find(":event-bus/") == std::string::npos) return out;
    copy("EventBridgeEventBusParameters", {"DetailType", "Source", "Time"});
    const bool from_queue = pipe_.source.find(":sqs:") != std::string::npos;
    out.parameters.try_emplace("DetailType", from_queue ? "Event from aws:sqs" : "Event from aws:dynamodb");
    out.parameters.try_emplace("Source", "Pipe " + pipe_.name);
    if (const Json* bus = find(parameters, "EventBridgeEventBusParameters"); bus && find(*bus, "Resources"))
      out.parameters["Resources"] = to_text(bus->at("Resources"));
    return out;
  }

  Pipes& pipes_;
  const Scope scope_;
  const Pipe pipe_;
  const std::function<void(InvocationResult)> done_;
  Json records_;
  Millis began_ = 0;
};

}  // namespace

void run_batch(Pipes& pipes, const Scope& scope, const std::string& name, std::string payload,
               std::function<void(InvocationResult)> done) {
  pipes.deliveries.post([&pipes, scope, name, payload = std::move(payload), done = std::move(done)] {
    auto pipe = load_pipe(pipes.context.store, scope, name);
    if (pipe.has_error()) {
      InvocationResult gone;
      gone.status = ports::InvocationStatus::function_error;
      gone.payload = to_text({{"errorMessage", pipe.error().message}});
      return done(std::move(gone));
    }
    std::make_shared<Run>(pipes, scope, std::move(*pipe), done)->begin(payload);
  });
}

}  // namespace millrace::pipes
