// StartQuery, GetQueryResults, StopQuery, DescribeQueries.

#include <fmt/format.h>

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/logs/group_keys.h"
#include "emulator/services/logs/insights/queries.h"
#include "emulator/services/logs/insights/query.h"
#include "emulator/services/logs/logs.h"

namespace millrace::logs {

using namespace protocol;
using insights::QueryStatus;
using insights::StartedQuery;

namespace {

constexpr ErrorKind kMalformedQuery{"MalformedQueryException"};
constexpr size_t kGroupsMax = 50;

/// The groups that the request names in one of its three ways, each by name or ARN.
Result<std::vector<std::string>> wanted_groups(const Json& input) {
  std::vector<std::string> out;
  int ways = 0;
  for (const char* member : {"logGroupName", "logGroupNames", "logGroupIdentifiers"}) {
    const Json* given = find(input, member);
    if (!given) continue;
    ++ways;
    if (given->is_string())
      out.push_back(given->get<std::string>());
    else
      for (const Json& name : *given) out.push_back(name.get<std::string>());
  }
  // unverified: the wordings of both.
  if (ways != 1 || out.empty())
    return AwsError(errors::invalid_parameter,
                    "Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be specified.");
  if (out.size() > kGroupsMax) return AwsError(errors::invalid_parameter, "A query can have at most 50 log groups.");
  return out;
}

/// Refused as AWS words it, with the service's own words inside.
AwsError no_such_group(const Place& place, const std::string& name, const std::string& request_id) {
  return AwsError(errors::resource_not_found,
                  "Log group '" + name + "' does not exist for account ID '" + place.account +
                      "' (Service: AWSLogs; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: " +
                      request_id + "; Proxy: null)");
}

/// What AWS runs on groups of the Standard class only.
Result<void> check_class(const LogGroup& group, const insights::Query& query) {
  bool patterns = std::any_of(query.commands.begin(), query.commands.end(),
                              [](const auto& c) { return std::holds_alternative<insights::Pattern>(c); });
  // unverified: AWS's words. Groups of the Delivery class aren't queried at all.
  if (group.log_class == "DELIVERY" || patterns) return standard_class_only(group);
  return {};
}

Result<std::vector<insights::QueriedGroup>> find_groups(Logs& logs, const Call& call,
                                                        const std::vector<std::string>& wanted,
                                                        const insights::Query& query) {
  std::vector<insights::QueriedGroup> out;
  for (const std::string& text : wanted) {
    Place place = place_of(call);
    std::string name = text;
    if (auto arn = Arn::parse(text)) {
      TRY(name, group_in_arn(text));
      place = {arn->account, arn->region};
    }
    auto group = find_group(logs.context.store, place, name);
    if (group.has_error()) return no_such_group(place, name, call.request_id);
    TRY_VOID(check_class(*group, query));
    TRY_VOID(check_group_key(logs, place, *group));
    out.push_back(
        {place, name, group->id, retention_horizon(*group, logs.context.clock.now_ms()), logs.event_keys.get()});
  }
  return out;
}

Result<insights::Query> compile(const std::string& text) {
  auto parsed = insights::parse_query(text);
  if (auto* query = std::get_if<insights::Query>(&parsed)) return std::move(*query);
  const auto& error = std::get<insights::CompileError>(parsed);
  Json details{{"location", {{"startCharOffset", error.begin}, {"endCharOffset", error.end}}},
               {"message", error.message}};
  return AwsError(kMalformedQuery, error.message, Json{{"queryCompileError", std::move(details)}});
}

/// As DescribeQueries shows it: the groups and the period before the commands.
std::string shown_text(const StartedQuery& query) {
  std::string out;
  for (const std::string& name : query.group_names) out += (out.empty() ? "SOURCE \"" : ", \"") + name + "\"";
  return out + " START=" + std::to_string(query.execution.from_ms) + " END=" + std::to_string(query.execution.to_ms) +
         " | " + query.text;
}

/// The one started last comes first.
std::string position_of(const QueryStatus& entry) {
  return fmt::format("{:020}", UINT64_MAX - entry.query.number);
}

Json statistics(const insights::Outcome& outcome, size_t groups) {
  return {{"recordsMatched", static_cast<double>(outcome.matched)},
          {"recordsScanned", static_cast<double>(outcome.scanned)},
          {"estimatedRecordsSkipped", 0.0},
          {"bytesScanned", static_cast<double>(outcome.bytes_scanned)},
          {"estimatedBytesSkipped", 0.0},
          {"logGroupsScanned", static_cast<double>(groups)}};
}

Result<AccessNeeds> query_access(const Call& call) {
  AccessNeeds needs;
  TRY(auto names, wanted_groups(call.input));
  for (const std::string& name : names) {
    std::string arn = Arn::parse(name) ? name : group_arn(place_of(call), name);
    needs.push_back({"logs:StartQuery", arn.ends_with(":*") ? arn : arn + ":*"});
  }
  return needs;
}

constexpr int64_t kSecondsMax = 100'000'000'000;  // beyond it a time is in milliseconds: AWS takes both

/// The first millisecond of a time.
Millis begin_of(int64_t time) {
  constexpr int64_t kFarthest = 8'640'000'000'000'000;
  return time < kSecondsMax ? time * 1000 : std::min(time, kFarthest);
}
/// Its last one: a time in seconds stands for the whole second.
Millis end_of(int64_t time) {
  return begin_of(time) + (time < kSecondsMax ? 999 : 0);
}

}  // namespace

Operation start_query(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("queryLanguage", string().one_of({"CWLI", "SQL", "PPL"})),
      protocol::optional("logGroupName", group_name_shape()),
      protocol::optional("logGroupNames", list(group_name_shape())),
      protocol::optional("logGroupIdentifiers", list(string().length(1, 2048))),
      required("startTime", integer().at_least(0)),
      required("endTime", integer().at_least(0)),
      required("queryString", string().length(0, 10000)),
      protocol::optional("limit", integer().range(1, 10000)),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    static constexpr ErrorKind kNoLanguage{"NotImplemented", 501};
    if (text_of(call.input, "queryLanguage", "CWLI") != "CWLI")
      return AwsError(kNoLanguage, "Queries are run in the Logs Insights language (CWLI) only.");
    TRY(auto wanted, wanted_groups(call.input));
    StartedQuery query;
    query.id = logs.context.random.uuid();
    query.place = place_of(call);
    query.text = text_of(call.input, "queryString");
    query.group_names = wanted;
    query.user = call.caller.principal_arn;
    query.created_ms = logs.context.clock.now_ms();
    query.execution.from_ms = begin_of(int_of(call.input, "startTime"));
    query.execution.to_ms = end_of(int_of(call.input, "endTime"));
    query.execution.limit = static_cast<size_t>(int_of(call.input, "limit", 10000));
    query.execution.now_ms = query.created_ms;
    // unverified: the wording.
    if (query.execution.from_ms > query.execution.to_ms)
      return AwsError(errors::invalid_parameter, "End time should not be less than start time.");
    TRY(query.execution.query, compile(query.text));
    TRY(query.execution.groups, find_groups(logs, call, wanted, query.execution.query));
    std::string id = query.id;
    if (!logs.queries->start(std::move(query)))
      return AwsError(errors::limit_exceeded, "Account maximum query concurrency limit of [30] reached.");
    return Json{{"queryId", id}};
  };
  return {.name = "StartQuery", .input = &input, .access = query_access, .handle = JsonHandler(handle)};
}

Operation get_query_results(Logs& logs) {
  static const Shape input = structure({required("queryId", string().length(1, 256))});
  auto handle = [&logs](Call& call) -> Result<Json> {
    auto status = logs.queries->find(place_of(call), text_of(call.input, "queryId"));
    // unverified: the wording.
    if (!status)
      return AwsError(errors::resource_not_found,
                      "Query with ID " + text_of(call.input, "queryId") + " does not exist.");
    Json rows = Json::array();
    for (const insights::Row& row : status->outcome.rows) {
      Json fields = Json::array();
      for (const auto& [name, value] : row) fields.push_back({{"field", name}, {"value", value}});
      rows.push_back(std::move(fields));
    }
    return Json{{"queryLanguage", "CWLI"},
                {"results", std::move(rows)},
                {"statistics", statistics(status->outcome, status->query.execution.groups.size())},
                {"status", status->status}};
  };
  return {.name = "GetQueryResults",
          .input = &input,
          .access = anywhere_access("GetQueryResults"),
          .handle = JsonHandler(handle)};
}

Operation stop_query(Logs& logs) {
  static const Shape input = structure({required("queryId", string().length(1, 256))});
  auto handle = [&logs](Call& call) -> Result<Json> {
    std::string id = text_of(call.input, "queryId");
    auto stopped = logs.queries->cancel(place_of(call), id);
    // unverified: the wordings.
    if (!stopped) return AwsError(errors::resource_not_found, "Query with ID " + id + " does not exist.");
    if (!*stopped)
      return AwsError(errors::invalid_parameter, "Query with ID " + id + " has already ended with status Complete.");
    return Json{{"success", true}};
  };
  return {.name = "StopQuery", .input = &input, .access = anywhere_access("StopQuery"), .handle = JsonHandler(handle)};
}

Operation describe_queries(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("logGroupName", group_name_shape()),
      protocol::optional(
          "status", string().one_of({"Scheduled", "Running", "Complete", "Failed", "Cancelled", "Timeout", "Unknown"})),
      protocol::optional("maxResults", integer().range(1, 1000)),
      protocol::optional("nextToken", string().length(1, -1)),
      protocol::optional("queryLanguage", string().one_of({"CWLI", "SQL", "PPL"})),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    // unverified: the order, newest first, and the words for a foreign token.
    auto wanted_status = optional_text(call.input, "status"), group = optional_text(call.input, "logGroupName");
    auto limit = static_cast<size_t>(int_of(call.input, "maxResults", 1000));
    auto page = Pager::open(list_name(call), text_of(call.input, "nextToken"), limit);
    if (!page) return AwsError(errors::invalid_parameter, "The specified nextToken is invalid.");
    Json out{{"queries", Json::array()}};
    for (const QueryStatus& entry : logs.queries->list(place_of(call))) {
      const auto& names = entry.query.group_names;
      if (wanted_status && entry.status != *wanted_status) continue;
      if (group && std::find(names.begin(), names.end(), *group) == names.end()) continue;
      if (!page->takes(position_of(entry))) continue;
      Json shown{{"queryLanguage", "CWLI"},
                 {"queryId", entry.query.id},
                 {"queryString", shown_text(entry.query)},
                 {"status", entry.status},
                 {"createTime", entry.query.created_ms}};
      if (names.size() == 1) shown["logGroupName"] = names.front();
      out["queries"].push_back(std::move(shown));
    }
    if (auto next = page->next_token()) out["nextToken"] = std::move(*next);
    return out;
  };
  return {.name = "DescribeQueries",
          .input = &input,
          .access = anywhere_access("DescribeQueries"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
