#include "runtime/pool/extensions.h"

#include <algorithm>
#include <utility>

namespace millrace::pool {

namespace {

constexpr size_t kExtensionsMax = 10;  // [AWS quota]

Extensions::Reply refusal(int status, const char* type, const std::string& message) {
  return {status, "", to_text(Json{{"errorMessage", message}, {"errorType", type}}) + "\n"};
}

}  // namespace

std::optional<Extensions::Reply> Extensions::handle(const Request& request, std::function<void(Reply)> later) {
  if (request.post && request.action == "register") {
    Reply reply = enroll(request);
    if (reply.status == 200) listeners_.changed();
    return reply;
  }
  auto found = std::find_if(extensions_.begin(), extensions_.end(),
                            [&](const auto& entry) { return entry.first == request.identifier; });
  if (found == extensions_.end())
    return refusal(403, "Extension.UnknownExtensionIdentifier", "Unknown extension " + request.identifier);
  Extension& extension = found->second;
  if (!request.post && request.action == "event/next") {
    extension.waiting = std::move(later);
    if (extension.event)
      answer(extension);
    else
      listeners_.changed();
    return std::nullopt;
  }
  if (request.post && (request.action == "init/error" || request.action == "exit/error")) {
    listeners_.failed(extension.about.name, request.error_type);
    return Reply{202, "", "{\"status\":\"OK\"}\n"};
  }
  return refusal(404, "NotFound", "No such path in the Extensions API.");
}

Extensions::Reply Extensions::enroll(const Request& request) {
  if (request.name.empty()) return refusal(403, "Extension.InvalidExtensionName", "Empty extension name");
  if (has(request.name))
    return refusal(403, "Extension.AlreadyRegistered", "Extension with this name already registered");
  if (extensions_.size() >= kExtensionsMax)
    return refusal(403, "Extension.TooManyExtensions", "Extension limit (10) reached");
  Extension extension{{request.name, {}}, {}, {}};
  Json body = parse_json(request.body).value_or(Json::object());
  if (const Json* events = find(body, "events"); events != nullptr && events->is_array()) {
    for (const Json& event : *events) {
      if (event != "INVOKE" && event != "SHUTDOWN")
        return refusal(403, "Extension.InvalidEventType",
                       "Invalid event type: " + (event.is_string() ? event.get<std::string>() : to_text(event)));
      extension.about.events.push_back(event.get<std::string>());
    }
  }
  std::string identifier = random_.uuid();
  extensions_.emplace_back(identifier, std::move(extension));
  return {200, "Lambda-Extension-Identifier: " + identifier + "\r\n", to_text(function_)};
}

void Extensions::tell(const Json& event) {
  std::string type = text_of(event, "eventType");
  for (auto& [identifier, extension] : extensions_) {
    const auto& events = extension.about.events;
    if (std::find(events.begin(), events.end(), type) == events.end()) continue;
    extension.event = event;
    if (extension.waiting) answer(extension);
  }
}

void Extensions::answer(Extension& extension) {
  Json event = std::move(*std::exchange(extension.event, std::nullopt));
  std::function<void(Reply)> waiting = std::exchange(extension.waiting, nullptr);
  waiting({200, "Lambda-Extension-Event-Identifier: " + random_.uuid() + "\r\n", to_text(event)});
}

std::vector<Extensions::Registered> Extensions::registered() const {
  std::vector<Registered> out;
  for (const auto& [identifier, extension] : extensions_) out.push_back(extension.about);
  return out;
}

bool Extensions::has(const std::string& name) const {
  return std::any_of(extensions_.begin(), extensions_.end(),
                     [&](const auto& entry) { return entry.second.about.name == name; });
}

bool Extensions::all_waiting() const {
  return std::all_of(extensions_.begin(), extensions_.end(),
                     [](const auto& entry) { return entry.second.waiting && !entry.second.event; });
}

bool Extensions::anyone_wants(const std::string& event) const {
  return std::any_of(extensions_.begin(), extensions_.end(), [&](const auto& entry) {
    const auto& events = entry.second.about.events;
    return std::find(events.begin(), events.end(), event) != events.end();
  });
}

}  // namespace millrace::pool
