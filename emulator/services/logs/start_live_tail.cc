#include "emulator/base/arn.h"
#include "emulator/protocol/event_stream.h"
#include "emulator/services/logs/group_keys.h"
#include "emulator/services/logs/live_tail.h"
#include "emulator/services/logs/logs.h"

namespace millrace::logs {

using namespace protocol;

namespace {

std::vector<std::string> texts_of(const Json& input, const char* member) {
  std::vector<std::string> out;
  if (const Json* list = find(input, member)) {
    for (const Json& text : *list) out.push_back(text.get<std::string>());
  }
  return out;
}

/// The session's first messages: the operation's own (empty) answer, and what was asked for.
std::string opening(const Json& input, const std::string& request_id, const std::string& session_id) {
  Json start{{"requestId", request_id},
             {"sessionId", session_id},
             {"logGroupIdentifiers", input["logGroupIdentifiers"]},
             {"logStreamNames", input.value("logStreamNames", Json::array())},
             {"logStreamNamePrefixes", input.value("logStreamNamePrefixes", Json::array())},
             {"logEventFilterPattern", text_of(input, "logEventFilterPattern")}};
  return protocol::event_stream_message("event", "initial-response", "{}") +
         protocol::event_stream_message("event", "sessionStart", to_text(start));
}

Result<TailSelection> selection_of(Logs& logs, const Call& call) {
  TailSelection out;
  out.streams = texts_of(call.input, "logStreamNames");
  out.stream_prefixes = texts_of(call.input, "logStreamNamePrefixes");
  std::vector<std::string> identifiers = texts_of(call.input, "logGroupIdentifiers");
  // unverified: the wordings of these three.
  if (!out.streams.empty() && !out.stream_prefixes.empty())
    return AwsError(errors::invalid_parameter,
                    "LogStream name prefixes and LogStream names are mutually exclusive parameters.");
  if ((!out.streams.empty() || !out.stream_prefixes.empty()) && identifiers.size() > 1)
    return AwsError(errors::invalid_parameter, "LogStream names and prefixes can be specified for one log group only.");
  for (const std::string& identifier : identifiers) {
    auto arn = Arn::parse(identifier);
    if (!arn)
      return AwsError(errors::invalid_parameter, "The log group identifier '" + identifier + "' is not an ARN.");
    TRY(std::string name, group_in_arn(identifier));
    TRY(LogGroup group, find_group(logs.context.store, {arn->account, arn->region}, name));
    TRY_VOID(check_group_key(logs, {arn->account, arn->region}, group));
    TRY_VOID(standard_class_only(group));
    out.group_arns.push_back(group_arn({arn->account, arn->region}, name));
  }
  TRY(out.pattern, FilterPattern::compile(text_of(call.input, "logEventFilterPattern")));
  return out;
}

}  // namespace

Operation start_live_tail(Logs& logs) {
  static const Shape input = structure({
      required("logGroupIdentifiers", list(string().length(1, 2048)).length(1, 10)),
      protocol::optional("logStreamNames", list(stream_name_shape()).length(1, 100)),
      protocol::optional("logStreamNamePrefixes", list(stream_name_shape()).length(1, 100)),
      protocol::optional("logEventFilterPattern", string().length(0, 1024)),
  });
  auto access = [](const Call& call) -> Result<AccessNeeds> {
    AccessNeeds needs;
    for (const Json& identifier : call.input["logGroupIdentifiers"]) {
      std::string arn = identifier.get<std::string>();
      needs.push_back({"logs:StartLiveTail", arn.ends_with(":*") ? arn : arn + ":*"});
    }
    return needs;
  };
  auto handle = [&logs](Call& call) -> Result<HttpReply> {
    TRY(TailSelection selection, selection_of(logs, call));
    HttpReply reply;
    reply.headers.set("Content-Type", "application/vnd.amazon.eventstream");
    std::string first = opening(call.input, call.request_id, logs.context.random.uuid());
    reply.stream = logs.live_tails->open(std::move(selection), std::move(first), call.http.client);
    // unverified: the wording; 15 sessions at a time is the documented quota.
    if (!reply.stream) return AwsError(errors::limit_exceeded, "Resource limit exceeded.");
    return reply;
  };
  return {.name = "StartLiveTail", .input = &input, .access = access, .handle = ReplyHandler(handle)};
}

}  // namespace millrace::logs
