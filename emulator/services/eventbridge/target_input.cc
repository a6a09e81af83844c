#include "emulator/delivery/input.h"
#include "emulator/services/eventbridge/events.h"

namespace millrace::eventbridge {

namespace {

/// The event's own members, without its detail, as `<aws.events.event>` has them [rec].
Json event_without_detail(const Json& event, Millis now) {
  return {{"id", event.at("id")},
          {"account", event.at("account")},
          {"detailType", event.at("detail-type")},
          {"time", iso_seconds(now)},
          {"source", event.at("source")},
          {"region", event.at("region")},
          {"resources", event.at("resources")},
          {"version", event.at("version")}};
}

}  // namespace

std::optional<std::string> target_input(const Json& target, const Event& event, const std::string& event_text,
                                        const Rule& rule, Millis now) {
  (void)event;
  if (const Json* input = find(target, "Input")) return input->get<std::string>();
  const std::string path = text_of(target, "InputPath");
  const Json* transformer = find(target, "InputTransformer");
  if ((path.empty() || path == "$") && !transformer) return event_text;
  const Json document = parse_json(event_text).value_or(Json::object());
  if (!transformer) {
    const Json* node = delivery::node_at(document, path);
    if (!node) return std::nullopt;
    return to_text(*node);
  }
  const Json paths = transformer->value("InputPathsMap", Json::object());
  auto value_of = [&](const std::string& name) -> std::optional<Json> {
    if (name == "aws.events.rule-arn") return Json(rule.arn);
    if (name == "aws.events.rule-name") return Json(rule.name);
    if (name == "aws.events.event.ingestion-time") return Json(iso_seconds(now));
    if (name == "aws.events.event.json") return document;
    if (name == "aws.events.event") return event_without_detail(document, now);
    const Json* node = delivery::node_at(document, text_of(paths, name));
    if (!node) return std::nullopt;
    return *node;
  };
  return delivery::fill_in(text_of(*transformer, "InputTemplate"), value_of);
}

}  // namespace millrace::eventbridge
