// Why a rule did not send an event on: `millrace why RULE`.

#include "emulator/base/arn.h"
#include "emulator/services/eventbridge/events.h"

namespace millrace::eventbridge {

namespace {

constexpr size_t kEventsShown = 20;

BusName bus_of_rule(const Rule& rule) {
  const auto arn = Arn::parse(rule.arn);
  return {{arn ? arn->account : "", arn ? arn->region : ""}, rule.bus_name};
}

std::string event_in_words(const Events::Seen& seen) {
  const Json event = parse_json(seen.text).value_or(Json::object());
  return "  " + iso_millis(seen.at_ms) + "  event " + seen.id + " (" + text_of(event, "detail-type") + " from " +
         text_of(event, "source") + ") ";
}

std::string matched_in_words(Events& events, const Rule& rule) {
  auto pattern = filter::FilterPattern::compile(rule.pattern.value_or(""));
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

std::string in_words(Events& events, const std::string& key, const Rule& rule) {
  const BusName bus = bus_of_rule(rule);
  std::string out = "rule " + rule.name + " on bus " + bus.name + ": " + rule.state + "\n";
  if (rule.is_disabled()) out += "  It is disabled: nothing is sent until it is enabled.\n";
  if (rule.pattern) out += "  pattern: " + *rule.pattern + "\n";
  if (rule.schedule) {
    const auto next = events.firings->next(key);
    out += "  schedule: " + *rule.schedule + ", " +
           (next ? "fires next at " + iso_seconds(*next) : std::string("doesn't fire any more")) + "\n";
  }
  if (rule.targets.empty()) out += "  It has no target.\n";
  for (const Json& target : rule.targets)
    out += "  target " + text_of(target, "Id") + ": " + text_of(target, "Arn") + "\n";
  return out + matched_in_words(events, rule) + events.deliveries.told_outcomes(rule.arn);
}

}  // namespace

std::string explain(Events& events, const std::string& name) {
  std::string out;
  storage::each_model_anywhere<Rule>(
      events.context.store, "events", "rule", [&](std::string_view key, const Rule& rule) {
        const bool meant =
            name == rule.name || name == rule.arn || name == rule.bus_name || name == bus_of_rule(rule).arn();
        if (meant) out += in_words(events, std::string(key), rule);
      });
  return out;
}

}  // namespace millrace::eventbridge
