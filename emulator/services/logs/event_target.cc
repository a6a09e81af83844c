#include "emulator/services/logs/event_target.h"

#include "emulator/base/arn.h"
#include "emulator/services/logs/arrivals.h"
#include "emulator/services/logs/logs.h"
#include "emulator/storage/document_form.h"

namespace millrace::logs {

namespace {

constexpr std::string_view kGroup = "log-group:";

struct Named {
  Place place;
  std::string group;
};

/// `arn:aws:logs:<region>:<account>:log-group:<name>[:*]`
Named named(const std::string& text) {
  const auto arn = Arn::parse(text);
  if (!arn || !arn->resource.starts_with(kGroup)) return {};
  std::string name = arn->resource.substr(kGroup.size());
  if (name.ends_with(":*")) name.resize(name.size() - 2);
  return {{arn->account, arn->region}, name};
}

std::string parameter(const ports::Message& message, const char* name) {
  auto found = message.parameters.find(name);
  return found == message.parameters.end() ? "" : found->second;
}

}  // namespace

Result<void> deliver_event(Logs& logs, const std::string& group_arn, const ports::Message& message) {
  const Named target = named(group_arn);
  const Millis now = logs.context.clock.now_ms();
  const std::string at = parameter(message, "Timestamp"), stream_name = parameter(message, "LogStreamName");
  const Millis time = at.empty() ? now : std::max<Millis>(std::atoll(at.c_str()), 0);
  return logs.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TRY(LogGroup group, find_group(txn, target.place, target.group));
    auto stream = storage::get_model<LogStream>(txn, stream_key(target.place, target.group, stream_name));
    if (!stream) stream = new_stream(txn, target.place, target.group, stream_name, now);
    accept_events(logs, txn, target.place, group, std::move(*stream), {{time, message.body}}, now, "");
    return {};
  });
}

std::string resource_policy_of(Logs& logs, const std::string& group_arn) {
  const Place place = named(group_arn).place;
  Json statements = Json::array();
  const std::string prefix = storage::document_key({"logs", place.account, place.region, "resource_policy"});
  for (const Json& policy : storage::list_documents(logs.context.store, prefix)) {
    auto document = parse_json(text_of(policy, "policyDocument"));
    const Json* given = document ? find(*document, "Statement") : nullptr;
    if (!given) continue;
    if (given->is_array()) {
      for (const Json& statement : *given) statements.push_back(statement);
    } else {
      statements.push_back(*given);
    }
  }
  if (statements.empty()) return "";
  return to_text({{"Version", "2012-10-17"}, {"Statement", std::move(statements)}});
}

bool group_exists(Logs& logs, const std::string& group_arn) {
  const Named target = named(group_arn);
  return find_group(logs.context.store, target.place, target.group).has_value();
}

}  // namespace millrace::logs
