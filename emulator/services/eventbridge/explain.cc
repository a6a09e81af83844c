// Why a rule did not send an event on: `millrace why RULE`.

#include "emulator/base/arn.h"
#include "emulator/services/eventbridge/events.h"

namespace millrace::eventbridge {

namespace {

constexpr size_t kEventsShown = 20;

BusName bus_of_rule(const Json& rule) {
  const auto arn = Arn::parse(text_of(rule, "Arn"));
  return {{arn ? arn->account : "", arn ? arn->region : ""}, text_of(rule, "EventBusName", kDefaultBus)};
}

std::string event_in_words(const Events::Seen& seen) {
  const Json event = parse_json(seen.text).value_or(Json::object());
  return "  " + iso_millis(seen.at_ms) + "  event " + seen.id + " (" + text_of(event, "detail-type") + " from " +
         text_of(event, "source") + ") ";
}

std::string matched_in_words(Events& events, const Json& rule) {
  auto pattern = filter::FilterPattern::compile(text_of(rule, "EventPattern"));
  if (!pattern) return "";
  std::vector<Events::Seen> seen = events.seen_on(bus_of_rule(rule).arn());
  if (seen.empty()) return "  No event came to its bus lately.\n";
  if (seen.size() > kEventsShown) seen.erase(seen.begin(), seen.end() - kEventsShown);
  std::string out;
  for (const Events::Seen& one : seen) {
    out += event_in_words(one);
    out += pattern->matches_json(one.text) ? "matches\n" : "doesn't match: " + pattern->why_not_json(one.text) + "\n";
  }
  return out;
}

std::string in_words(Events& events, const std::string& key, const Json& rule) {
  const BusName bus = bus_of_rule(rule);
  std::string out = "rule " + text_of(rule, "Name") + " on bus " + bus.name + ": " + text_of(rule, "State") + "\n";
  if (text_of(rule, "State") == "DISABLED") out += "  It is disabled: nothing is sent until it is enabled.\n";
  if (const std::string pattern = text_of(rule, "EventPattern"); !pattern.empty())
    out += "  pattern: " + pattern + "\n";
  if (const std::string schedule = text_of(rule, "ScheduleExpression"); !schedule.empty()) {
    const auto next = events.firings->next(key);
    out += "  schedule: " + schedule + ", " +
           (next ? "fires next at " + iso_seconds(*next) : std::string("doesn't fire any more")) + "\n";
  }
  const Json targets = rule.value("_targets", Json::array());
  if (targets.empty()) out += "  It has no target.\n";
  for (const Json& target : targets) out += "  target " + text_of(target, "Id") + ": " + text_of(target, "Arn") + "\n";
  return out + matched_in_words(events, rule) + events.deliveries.told_outcomes(text_of(rule, "Arn"));
}

}  // namespace

std::string explain(Events& events, const std::string& name) {
  std::string out;
  storage::each_document(
      events.context.store, storage::document_key({"events"}), "", [&](std::string_view key, const Json& document) {
        if (!document.contains("_targets")) return true;
        const bool meant = name == text_of(document, "Name") || name == text_of(document, "Arn") ||
                           name == text_of(document, "EventBusName") || name == bus_of_rule(document).arn();
        if (meant) out += in_words(events, std::string(key), document);
        return true;
      });
  return out;
}

}  // namespace millrace::eventbridge
