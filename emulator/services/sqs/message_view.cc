#include "emulator/services/sqs/message_view.h"

#include "emulator/base/encoding.h"
#include "emulator/services/sqs/attributes.h"

namespace millrace::sqs {

namespace {

bool is_wanted(const Json& names, const std::string& name) {
  for (const Json& element : names) {
    std::string wanted = element.is_string() ? element.get<std::string>() : "";
    if (wanted == "All" || wanted == ".*" || wanted == "*" || wanted == name) return true;
    if (wanted.ends_with(".*") && name.starts_with(wanted.substr(0, wanted.size() - 2))) return true;
  }
  return false;
}

Json only_wanted(const Json& all, const Json& names) {
  Json out = Json::object();
  for (const auto& [name, value] : all.items()) {
    if (is_wanted(names, name)) out[name] = value;
  }
  return out;
}

}  // namespace

Json system_attributes(const Received& received) {
  const Json& message = received.message;
  Json out{{"SenderId", text_of(message, "sender_id")},
           {"ApproximateFirstReceiveTimestamp", std::to_string(int_of(message, "first_received_ms"))},
           {"ApproximateReceiveCount",
            std::to_string(int_of(message, "receive_count") + int_of(message, "earlier_receives", 0))},
           {"SentTimestamp", std::to_string(int_of(message, "sent_ms"))}};
  for (const auto& [name, value] : message["system_attributes"].items()) out[name] = value;
  return out;
}

Json message_view(const Received& received, const Wanted& wanted) {
  const Json& message = received.message;
  std::string body = text_of(message, "body");
  Json out{{"MessageId", text_of(message, "message_id")},
           {"ReceiptHandle", received.receipt_handle},
           {"MD5OfBody", to_hex(md5(body))},
           {"Body", body}};
  Json system = only_wanted(system_attributes(received), wanted.system);
  if (!system.empty()) out["Attributes"] = system;
  Json attributes = only_wanted(message["attributes"], wanted.message);
  if (!attributes.empty()) {
    out["MD5OfMessageAttributes"] = md5_of_attributes(attributes);
    out["MessageAttributes"] = attributes;
  }
  return out;
}

}  // namespace millrace::sqs
