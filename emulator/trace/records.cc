// What streams and mappings answer when they are asked about a record, and what isn't there.

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/base/attribute/item_json.h"
#include "emulator/base/json.h"
#include "emulator/trace/story.h"

namespace millrace::trace {

using ports::RecordFate;

namespace {

constexpr size_t kRecordBytesMax = 4u << 20;

std::string function_name(const std::string& arn) {
  const size_t at = arn.find(":function:");
  return at == std::string::npos ? arn : arn.substr(at + 10);
}

/// A session's permissions are its role's.
std::string policies_owner(const std::string& principal) {
  const size_t session = principal.find(":assumed-role/");
  if (session == std::string::npos) return principal;
  const std::string account = principal.substr(principal.find("::") + 2, 12);
  const std::string role = principal.substr(session + 14);
  return "arn:aws:iam::" + account + ":role/" + role.substr(0, role.find('/'));
}

bool writes_items(const Request& request) {
  if (request.service != "dynamodb") return false;
  for (std::string_view name : {"PutItem", "UpdateItem", "DeleteItem"})
    if (request.operation == name) return true;
  return false;
}

}  // namespace

std::optional<Story::Found> Story::find_record(const Write& write) const {
  auto shards = sources_.streams.shards(*write.stream_arn);
  if (shards.has_error()) return std::nullopt;
  const std::string number = record_key(write.sequence), before = record_key(write.sequence - 1);
  for (const ports::ShardInfo& shard : *shards) {
    if (shard.starting_sequence_number > number) continue;
    if (shard.ending_sequence_number && *shard.ending_sequence_number < number) continue;
    auto page = sources_.streams.read(*write.stream_arn, shard.shard_id, before, 1, kRecordBytesMax);
    if (page.has_error() || page->records.empty() || page->records.front().sequence_number != number) continue;
    return Found{shard.shard_id, std::move(page->records.front())};
  }
  return std::nullopt;
}

std::string Story::until(Millis due_ms) const {
  if (due_ms == 0) return "";
  return "; next at " + iso_millis(due_ms) +
         (sources_.clock_stands ? ", by a clock that stands still (millrace clock)" : "");
}

Node Story::record_node(const Write& write) {
  const std::string number = record_key(write.sequence);
  Node node{.kind = "record", .key = number, .subject = *write.stream_arn};
  auto found = find_record(write);
  if (!found) {
    node.text = number + ", which the stream doesn't hold any more";
    add_caused(node, number, UINT64_MAX);
    return node;
  }
  node.at_ms = found->record.created_ms;
  node.text = std::string() + ports::event_name_text(found->record.event_name) + " " +
              to_text(to_json(found->record.keys)) + ", sequence number " + number;
  add_caused(node, number, UINT64_MAX);
  add_fates(node, write, *found);
  return node;
}

void Story::add_fates(Node& node, const Write& write, const Found& found) {
  const std::vector<RecordFate> fates = sources_.mappings.fates(*write.stream_arn, found.shard_id, found.record);
  if (fates.empty() && node.children.empty())
    node.children.push_back({.kind = "verdict", .text = "no event source mapping reads this stream: nobody is called"});
  for (const RecordFate& fate : fates) {
    const std::string name = function_name(fate.function_arn);
    Node verdict{.kind = "verdict", .subject = fate.function_arn, .reason = fate.reason};
    switch (fate.what) {
      case RecordFate::What::passed: {
        const bool told = std::any_of(node.children.begin(), node.children.end(), [&](const Node& child) {
          return child.text.find(fate.mapping_uuid) != std::string::npos;
        });
        if (told) continue;
        verdict.text = name + " had it, or gave it up, before what is kept begins";
        break;
      }
      case RecordFate::What::filtered:
        verdict.text = name + " doesn't get it: no filter of mapping " + fate.mapping_uuid + " lets it through";
        if (!fate.patterns.empty()) verdict.text += ": " + fate.patterns;
        break;
      case RecordFate::What::in_flight: verdict.text = name + " is at work on it"; break;
      case RecordFate::What::waiting:
        verdict.text = "it waits for " + name + " (mapping " + fate.mapping_uuid + ")";
        verdict.reason += until(fate.due_ms);
        break;
      case RecordFate::What::not_begun:
        verdict.text = name + " doesn't get it: mapping " + fate.mapping_uuid + " began later";
        break;
    }
    node.children.push_back(std::move(verdict));
  }
}

/// Which policies' statements allow what the request needed, by the policies as they are now; empty: that can't be told.
std::string Story::allowed_by(const Request& request) const {
  const size_t on = request.needed.find(" on ");
  if (!sources_.calls || on == std::string::npos || request.principal.empty()) return "";
  const std::string action = request.needed.substr(0, on), resource = request.needed.substr(on + 4);
  auto simulated = sources_.calls->call("iam", "SimulatePrincipalPolicy", request.account, request.region,
                                        {{"PolicySourceArn", policies_owner(request.principal)},
                                         {"ActionNames", Json::array({action})},
                                         {"ResourceArns", Json::array({resource})}});
  const Json* results = simulated.has_value() ? find(*simulated, "EvaluationResults") : nullptr;
  if (!results || results->empty() || text_of(results->front(), "EvalDecision") != "allowed") return "";
  std::string by;
  for (const Json& statement : results->front().value("MatchedStatements", Json::array()))
    by += (by.empty() ? "" : ", ") + text_of(statement, "SourcePolicyId");
  return by.empty() ? "" : ", by a statement of " + by;
}

/// A write without a record: has the table no stream, or did nothing change?
void Story::add_absences(Node& node, const Request& request) const {
  if (!writes_items(request) || !sources_.calls) return;
  auto described = sources_.calls->call("dynamodb", "DescribeTable", request.account, request.region,
                                        {{"TableName", request.resource}});
  if (described.has_error()) return;
  const Json* table = find(*described, "Table");
  const Json* stream = table ? find(*table, "StreamSpecification") : nullptr;
  const bool streamed = stream && bool_of(*stream, "StreamEnabled");
  node.children.push_back({.kind = "verdict",
                           .text = streamed
                                       ? "no stream record: the item was as written already, so nothing changed (or "
                                         "the stream was enabled later)"
                                       : "no stream record: the table has no stream, so nobody is called"});
}

/// A message that nobody has taken yet.
void Story::add_readers(Node& node, const Step& message) const {
  std::string readers;
  for (const ports::MappingReport& mapping : sources_.mappings.reports()) {
    if (mapping.config.event_source_arn != message.subject) continue;
    if (mapping.config.enabled) {
      readers =
          "it waits for " + mapping.config.function_name + ": for its batch, its delay, or the visibility timeout";
      break;
    }
    readers = "mapping " + mapping.config.uuid + " for " + mapping.config.function_name +
              " is disabled: nothing is read until it is enabled";
  }
  if (readers.empty()) readers = "no event source mapping reads this queue: it waits to be received";
  node.children.push_back({.kind = "verdict", .text = readers});
}

bool Story::touches_item(const Item& item, const std::string& wanted) const {
  if (!item.request) return false;
  auto writes = writes_.find(item.request->id);
  if (writes == writes_.end()) return false;
  return std::any_of(writes->second.begin(), writes->second.end(), [&](const Write* write) {
    auto found = find_record(*write);
    if (!found) return false;
    const std::string keys = to_text(to_json(found->record.keys));
    return keys.find(wanted.starts_with('{') ? wanted : "\"" + wanted + "\"") != std::string::npos;
  });
}

}  // namespace millrace::trace
