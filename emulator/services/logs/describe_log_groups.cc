#include <set>

#include "emulator/base/encoding.h"
#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/logs/logs.h"
#include "emulator/storage/document_form.h"

namespace millrace::logs {

using namespace protocol;

namespace {

Json describe(const storage::Reader& reader, const Place& place, const LogGroup& group, bool by_pattern) {
  Json out{{"logGroupName", group.name}, {"creationTime", group.created_ms}};
  if (group.retention_days) out["retentionInDays"] = *group.retention_days;
  out["metricFilterCount"] = group.metric_filters;
  out["arn"] = group_arn(place, group.name) + ":*";
  // Entries found by pattern lack the stored bytes and the protection, as recorded on AWS.
  if (!by_pattern) out["storedBytes"] = stored_bytes(reader, group.id);
  if (group.kms_key_id) out["kmsKeyId"] = *group.kms_key_id;
  if (group.data_protection) out["dataProtectionStatus"] = "ACTIVATED";
  out["logGroupClass"] = group.log_class;
  out["logGroupArn"] = group_arn(place, group.name);
  if (!by_pattern) out["deletionProtectionEnabled"] = group.deletion_protection;
  return out;
}

/// The names that the request asks for; all where it names none.
Result<std::optional<std::set<std::string>>> wanted_names(const Json& input) {
  const Json* identifiers = find(input, "logGroupIdentifiers");
  if (!identifiers) return std::optional<std::set<std::string>>();
  std::set<std::string> names;
  for (const Json& identifier : *identifiers) {
    std::string text = identifier.get<std::string>();
    if (text.starts_with("arn:")) {
      TRY(text, group_in_arn(text));
    }
    names.insert(text);
  }
  return std::optional(std::move(names));
}

}  // namespace

Operation describe_log_groups(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("limit", integer().range(1, 50)),
      protocol::optional("logGroupNamePrefix", group_name_shape()),
      protocol::optional("logGroupNamePattern", string().length(0, 512)),
      protocol::optional("nextToken", string().length(1, -1)),
      protocol::optional("logGroupIdentifiers",
                         list(string().length(1, 2048).pattern("[\\w#+=/:,.@-]*")).length(1, 50)),
      protocol::optional("accountIdentifiers", list(string().length(12, 12).pattern("\\d{12}")).length(0, 20)),
      protocol::optional("includeLinkedAccounts", boolean()),
      protocol::optional("logGroupClass", string().one_of({"STANDARD", "INFREQUENT_ACCESS", "DELIVERY"})),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    auto prefix = optional_text(call.input, "logGroupNamePrefix"),
         pattern = optional_text(call.input, "logGroupNamePattern");
    if (prefix && pattern)
      return AwsError(errors::invalid_parameter,
                      "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
    Place place = place_of(call);
    auto limit = static_cast<size_t>(int_of(call.input, "limit", 50));
    TRY(auto names, wanted_names(call.input));
    std::string wanted_class = text_of(call.input, "logGroupClass");
    auto page = Pager::open(list_name(call), text_of(call.input, "nextToken"), limit);
    if (!page) return AwsError(errors::invalid_parameter, "The specified nextToken is invalid.");
    std::string after = page->after().empty() ? "" : group_key(place, page->after());
    std::string lower_pattern = to_lower(pattern.value_or(""));
    Json groups = Json::array();
    storage::each_model<LogGroup>(logs.context.store, group_prefix(place), after, [&](const LogGroup& group) {
      const std::string& name = group.name;
      if (prefix && !name.starts_with(*prefix)) return name < *prefix;
      if (pattern && to_lower(name).find(lower_pattern) == std::string::npos) return true;
      if (names && !names->contains(name)) return true;
      if (!wanted_class.empty() && group.log_class != wanted_class) return true;
      if (!page->takes(name)) return false;
      groups.push_back(describe(logs.context.store, place, group, pattern.has_value()));
      return true;
    });
    Json out{{"logGroups", groups}};
    if (auto next = page->next_token()) out["nextToken"] = std::move(*next);
    return out;
  };
  return {.name = "DescribeLogGroups",
          .input = &input,
          .access = group_access("DescribeLogGroups"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
