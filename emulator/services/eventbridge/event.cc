#include "emulator/services/eventbridge/event.h"

namespace millrace::eventbridge {

std::string Event::text() const {
  std::string out = "{\"version\":\"0\",\"id\":";
  auto member = [&out](const char* name, const std::string& value) {
    out += std::string(",\"") + name + "\":";
    append_json_string(out, value);
  };
  append_json_string(out, id);
  member("detail-type", detail_type);
  member("source", source);
  member("account", account);
  member("time", time);
  member("region", region);
  if (!replay_name.empty()) member("replay-name", replay_name);
  out += ",\"resources\":" + resources + ",\"detail\":" + detail + "}";
  return out;
}

std::optional<Event> parse_event(const std::string& text) {
  auto json = parse_json(text);
  if (!json || !json->is_object()) return std::nullopt;
  Event out;
  out.id = text_of(*json, "id");
  out.detail_type = text_of(*json, "detail-type");
  out.source = text_of(*json, "source");
  out.account = text_of(*json, "account");
  out.region = text_of(*json, "region");
  out.time = text_of(*json, "time");
  out.resources = to_text(json->value("resources", Json::array()));
  out.detail = to_text(json->value("detail", Json::object()));
  out.replay_name = text_of(*json, "replay-name");
  return out;
}

std::string without_blanks(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      out += c;
      out += text[++i];
      continue;
    }
    if (c == '"') quoted = !quoted;
    if (quoted || (c != ' ' && c != '\n' && c != '\r' && c != '\t')) out += c;
  }
  return out;
}

}  // namespace millrace::eventbridge
