#include "emulator/services/apigateway/event_fields.h"

#include <charconv>

#include "emulator/base/json.h"

namespace millrace::apigateway {

Json grouped(const protocol::QueryParameters& fields) {
  Json out = Json::object();
  for (const auto& [name, value] : fields) out[name].push_back(value);
  return out;
}

Json last_of(const Json& lists) {
  Json out = Json::object();
  for (const auto& [name, values] : lists.items()) out[name] = values.back();
  return out;
}

std::optional<int> status_of(const Json& answer, std::optional<int> missing) {
  const Json* status = find(answer, "statusCode");
  if (!status) return missing;
  int value = 0;
  if (status->is_number_integer()) {
    value = status->get<int>();
  } else if (status->is_string()) {
    const std::string& text = status->get_ref<const std::string&>();
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  }
  return value >= 100 && value <= 599 ? std::optional(value) : std::nullopt;
}

std::string parameters_replaced(const std::string& expression,
                                const std::function<std::string(const std::string& name)>& value) {
  if (expression.starts_with('$') && !expression.starts_with("${")) return value(expression.substr(1));
  std::string out;
  for (size_t at = 0; at < expression.size();) {
    const size_t end = expression.compare(at, 2, "${") == 0 ? expression.find('}', at) : std::string::npos;
    if (end == std::string::npos) {
      out += expression[at++];
      continue;
    }
    out += value(expression.substr(at + 2, end - at - 2));
    at = end + 1;
  }
  return out;
}

}  // namespace millrace::apigateway
