// From an event to its deliveries: which rules and archives of the bus want it, and what their targets get.

#include "emulator/base/arn.h"
#include "emulator/base/trace.h"
#include "emulator/delivery/input.h"
#include "emulator/services/eventbridge/events.h"

namespace millrace::eventbridge {

namespace {

constexpr const char* kPrincipal = "events.amazonaws.com";

std::map<std::string, std::string> dimensions_of(const BusName& bus, const std::string& rule) {
  std::map<std::string, std::string> out{{"RuleName", rule}};
  if (bus.name != kDefaultBus) out["EventBusName"] = bus.name;
  return out;
}

constexpr int kMismatchesTold = 20;  // of one event; a bus has up to 300 rules

void note_event(const BusName& bus, const Event& event) {
  if (!trace::on()) return;
  trace::note(
      {.kind = "event",
       .key = event.id,
       .subject = bus.arn(),
       .text = "event " + event.id + " (" + event.detail_type + " from " + event.source + ") on bus " + bus.name});
}

/// What a rule made of an event. `pattern`: told why it doesn't match; nullptr: it does.
void note_verdict(const Rule& rule, const Event& event, const filter::FilterPattern* pattern, const std::string& text) {
  if (!trace::on()) return;
  const size_t targets = rule.targets.size();
  trace::note({.kind = "verdict",
               .causes = {event.id},
               .subject = rule.arn,
               .text = pattern ? "rule " + rule.name + " doesn't match"
                               : "rule " + rule.name + " matches; it has " + std::to_string(targets) + " target" +
                                     (targets == 1 ? "" : "s"),
               .reason = pattern ? pattern->why_not_json(text) : ""});
}

/// HttpParameters, in which a value may be a path into the event.
Json http_parameters(const Json& given, const Event& event) {
  const Json whole = parse_json(event.text()).value_or(Json::object());
  auto value_of = [&](const Json& value) -> Json {
    const std::string text = value.is_string() ? value.get<std::string>() : to_text(value);
    if (!delivery::is_path(text)) return text;
    const Json* node = delivery::node_at(whole, text);
    return node ? delivery::bare_text(*node) : "";
  };
  Json out{{"path", Json::array()}, {"headers", Json::object()}, {"query", Json::object()}};
  const Json path = given.value("PathParameterValues", Json::array());
  for (const Json& value : path) out["path"].push_back(value_of(value));
  for (const auto& [member, part] :
       {std::pair("HeaderParameters", "headers"), std::pair("QueryStringParameters", "query")}) {
    const Json parameters = given.value(member, Json::object());
    for (const auto& [name, value] : parameters.items()) out[part][name] = value_of(value);
  }
  return out;
}

/// What a kind of target takes besides the text.
void add_parameters(Events& events, const Json& target, const Event& event, ports::Message& message) {
  const auto arn = Arn::parse(text_of(target, "Arn"));
  const std::string service = arn ? arn->service : "";
  if (const Json* sqs = find(target, "SqsParameters")) {
    message.parameters["MessageGroupId"] = text_of(*sqs, "MessageGroupId");
    message.parameters["MessageDeduplicationId"] = event.id;  // unverified: which id AWS gives
  } else if (const Json* http = find(target, "HttpParameters")) {
    message.parameters["Http"] = to_text(http_parameters(*http, event));
  } else if (service == "logs") {
    message.parameters["LogStreamName"] = events.context.random.uuid();
    message.parameters["Timestamp"] = std::to_string(parse_iso(event.time));
  } else if (service == "events" && arn->resource.starts_with("event-bus/")) {
    message.body = event.text();  // buses get it unchanged
    message.parameters["Hops"] = std::to_string(event.hops + 1);
  }
}

delivery::Delivery delivery_of(Events& events, const BusName& bus, const Rule& rule, const Json& target,
                               const Event& event, const std::string& text) {
  const std::string source = rule.arn, arn = text_of(target, "Arn");
  delivery::Delivery out;
  out.origin = source;
  out.cause = event.id;
  out.target_arn = arn.ends_with(":*") ? arn.substr(0, arn.size() - 2) : arn;  // log groups' ARNs
  out.sender = {text_of(target, "RoleArn"), kPrincipal, source, bus.scope.account, bus.scope.region};
  out.dead_letter_sender = {"", kPrincipal, source, bus.scope.account, bus.scope.region};
  if (auto input = target_input(target, event, text, rule, events.now())) {
    out.message.body = std::move(*input);
  } else {
    out.problem_code = "INVALID_JSON";
    out.problem = "The input of target " + text_of(target, "Id") + " isn't valid JSON.";  // unverified: the words
  }
  if (!event.trace_header.empty()) out.message.system["AWSTraceHeader"] = event.trace_header;
  add_parameters(events, target, event, out.message);
  if (event.hops > 0 && out.message.parameters.contains("Hops")) {
    out.problem_code = "THIRD_ACCOUNT_HOP_DETECTED";
    out.problem = "An event that came from another bus isn't sent to a third one.";
  }
  if (const Json* retry = find(target, "RetryPolicy")) {
    out.retry.max_attempts = int_of(*retry, "MaximumRetryAttempts", out.retry.max_attempts);
    // The provider sends 0 for what isn't configured.
    if (int64_t age = int_of(*retry, "MaximumEventAgeInSeconds"); age > 0) out.retry.max_age_s = age;
  }
  if (const Json* dead_letter = find(target, "DeadLetterConfig")) {
    out.dead_letter_arn = text_of(*dead_letter, "Arn");
    out.dead_letter.body = text;
    out.dead_letter.attributes["RULE_ARN"] = {"String", source};
    out.dead_letter.attributes["TARGET_ARN"] = {"String", arn};
  }
  out.metrics_namespace = "AWS/Events";
  out.dimensions = dimensions_of(bus, rule.name);
  return out;
}

void keep(const Archive& archive, const Event& event, const std::string& text, Consequences& out) {
  Consequences::Archived kept;
  const auto arn = Arn::parse(archive.source_arn);
  kept.archive_key = named_key({arn->account, arn->region}, "archive", archive.name);
  kept.archive_id = static_cast<uint64_t>(archive.id);
  kept.key = "a";
  storage::append_u64(kept.key, kept.archive_id);
  storage::append_u64(kept.key, static_cast<uint64_t>(std::max<Millis>(parse_iso(event.time), 0)));
  kept.key += event.id;
  kept.text = text;
  out.archived.push_back(std::move(kept));
}

}  // namespace

void collect_rule(Events& events, const BusName& bus, const Rule& rule, const Event& event, Consequences& out) {
  const std::string text = event.text();
  for (const Json& target : rule.targets) out.deliveries.push_back(delivery_of(events, bus, rule, target, event, text));
  ports::MetricName triggered{bus.scope.account, bus.scope.region, "AWS/Events", "TriggeredRules",
                              dimensions_of(bus, rule.name)};
  events.metrics.count(triggered, 1);
}

void collect(Events& events, const BusName& bus, const Event& event, const std::vector<std::string>& only_rules,
             Consequences& out) {
  const std::string text = event.text();
  const auto listeners = events.listeners(bus);
  events.remember(bus, event, text);
  note_event(bus, event);
  int mismatches = 0;
  for (const auto& [rule, pattern] : listeners->rules) {
    if (!only_rules.empty() && std::find(only_rules.begin(), only_rules.end(), rule.arn) == only_rules.end()) continue;
    if (!pattern->matches_json(text)) {
      if (++mismatches <= kMismatchesTold) note_verdict(rule, event, &*pattern, text);
      continue;
    }
    note_verdict(rule, event, nullptr, text);
    ports::MetricName matched{bus.scope.account, bus.scope.region, "AWS/Events", "MatchedEvents",
                              dimensions_of(bus, rule.name)};
    events.metrics.count(matched, 1);
    collect_rule(events, bus, rule, event, out);
  }
  if (!event.replay_name.empty()) return;  // what comes out of an archive doesn't go in again
  for (const auto& [archive, pattern] : listeners->archives) {
    if (!pattern || pattern->matches_json(text)) keep(archive, event, text, out);
  }
}

void write(Events& events, storage::Txn& txn, const Consequences& consequences) {
  for (const delivery::Delivery& delivery : consequences.deliveries) events.deliveries.add(txn, delivery);
  for (const Consequences::Archived& kept : consequences.archived) {
    auto archive = storage::get_model<Archive>(txn, kept.archive_key);
    if (!archive || static_cast<uint64_t>(archive->id) != kept.archive_id) continue;
    txn.put(storage::Family::queues, kept.key, kept.text);
    archive->event_count += 1;
    archive->size_bytes += static_cast<int64_t>(kept.text.size());
    storage::put_model(txn, kept.archive_key, *archive);
  }
}

}  // namespace millrace::eventbridge
