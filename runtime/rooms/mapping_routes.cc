#include "runtime/rooms/mapping_routes.h"

#include <algorithm>
#include <cstdlib>

#include "emulator/base/arn.h"
#include "emulator/base/clock.h"
#include "emulator/base/trace.h"

namespace millrace::poller {

using ports::MappingEvent;
using ports::MappingReport;
using protocol::HttpReply;
using protocol::HttpRequest;

namespace {

/// "orders" of a table's stream, a queue's name.
std::string source_name(const std::string& source_arn) {
  auto arn = Arn::parse(source_arn);
  if (!arn) return source_arn;
  constexpr std::string_view kTable = "table/";
  std::string name = arn->resource;
  if (!name.starts_with(kTable)) return name;
  name.erase(0, kTable.size());
  return name.substr(0, name.find('/'));
}

bool is_meant(const MappingReport& mapping, const std::string& wanted) {
  const auto& config = mapping.config;
  return wanted.empty() || wanted == config.uuid || wanted == config.function_name || wanted == config.function_arn ||
         config.function_name == "pipe/" + wanted || wanted == config.event_source_arn ||
         wanted == source_name(config.event_source_arn) || config.event_source_arn.starts_with(wanted + "/stream/");
}

std::vector<MappingReport> meant(const ports::MappingEngine& mappings, const std::string& wanted) {
  std::vector<MappingReport> found = mappings.reports();
  std::erase_if(found, [&](const MappingReport& mapping) { return !is_meant(mapping, wanted); });
  return found;
}

Json shown(const MappingEvent& event) {
  Json out{
      {"at", iso_millis(event.at_ms)}, {"what", event.what}, {"records", event.records}, {"first", event.first_record}};
  if (!event.request_id.empty()) out["requestId"] = event.request_id;
  if (!event.reason.empty()) out["reason"] = event.reason;
  return out;
}

Json shown(const MappingReport& mapping) {
  const auto& [config, status, recent] = mapping;
  Json events = Json::array();
  for (const MappingEvent& event : recent) events.push_back(shown(event));
  return {{"uuid", config.uuid},
          {"source", config.event_source_arn},
          {"function", config.function_arn},
          {"state", ports::mapping_state_text(status.state)},
          {"lastProcessingResult", status.last_processing_result},
          {"busy", status.busy},
          {"lagMs", status.lag_ms},
          {"records",
           {{"delivered", status.delivered},
            {"filteredOut", status.filtered},
            {"expired", status.expired},
            {"givenUp", status.discarded}}},
          {"invocations", {{"all", status.invocations}, {"failed", status.errors}, {"throttled", status.throttles}}},
          {"recent", events}};
}

std::string in_words(const MappingEvent& event) {
  std::string out = "  " + iso_millis(event.at_ms) + "  " + event.what + ": ";
  if (event.records > 1) out += std::to_string(event.records) + " records, among them ";
  out += event.first_record;
  if (!event.reason.empty()) out += "\n      " + event.reason;
  if (!event.request_id.empty()) out += "\n      request id " + event.request_id;
  return out + "\n";
}

/// `with_events`: where no trace is kept, which tells the same and more (emulator/trace).
std::string in_words(const MappingReport& mapping, bool with_events) {
  const auto& [config, status, recent] = mapping;
  std::string out = source_name(config.event_source_arn) + " -> " + config.function_arn + "\n";
  out += "  mapping " + config.uuid + ": " + ports::mapping_state_text(status.state) +
         ", last result: " + status.last_processing_result + "\n";
  out += "  since the server's start: " + std::to_string(status.delivered) + " records delivered, " +
         std::to_string(status.filtered) + " filtered out, " + std::to_string(status.expired) + " expired, " +
         std::to_string(status.discarded) + " given up; " + std::to_string(status.invocations) + " invocations, " +
         std::to_string(status.errors) + " failed, " + std::to_string(status.throttles) + " throttled\n";
  if (!config.enabled) out += "  It is disabled: nothing is read until it is enabled.\n";
  if (status.busy) out += "  Something is in flight, or waits for a retry, a window or its batch to fill.\n";
  if (recent.empty()) out += "  Nothing came from its source since the server's start.\n";
  for (const std::string& pattern : config.filter_patterns) out += "  filter: " + pattern + "\n";
  if (with_events)
    for (const MappingEvent& event : recent) out += in_words(event);
  return out;
}

std::string wanted_of(const HttpRequest& request) {
  return protocol::query_value(protocol::parse_query(request.raw_query()), "of").value_or("");
}

/// One end of a stretch: a sequence number, or a time (ISO, or milliseconds). False if it is neither.
bool read_end(const std::string& text, Millis& ms, std::string& sequence) {
  constexpr size_t kSequenceDigitsMin = 16;
  if (text.empty()) return true;
  const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
  if (digits && text.size() >= kSequenceDigitsMin) {
    sequence = text;
    return true;
  }
  const Millis at = digits ? std::strtoll(text.c_str(), nullptr, 10) : parse_iso(text);
  if (at < 0) return false;
  ms = at;
  return true;
}

void replay(ports::MappingEngine& mappings, const HttpRequest& request, const AdminRespond& respond) {
  const auto query = protocol::parse_query(request.raw_query());
  auto given = [&](std::string_view name) { return protocol::query_value(query, name).value_or(""); };
  ports::Stretch stretch;
  const bool readable = read_end(given("from"), stretch.from_ms, stretch.from_sequence) &&
                        read_end(given("to"), stretch.to_ms, stretch.to_sequence);
  if (!readable) return respond(json_reply(400, {{"message", "from and to are sequence numbers or times"}}));
  const std::string wanted = given("of"), account = given("account");
  std::vector<MappingReport> found = meant(mappings, wanted);
  std::erase_if(found, [&](const MappingReport& one) { return !account.empty() && one.config.account != account; });
  if (wanted.empty() || found.size() != 1) {
    Json which = Json::array();
    for (const MappingReport& one : found) which.push_back(one.config.uuid);
    return respond(json_reply(
        400, {{"message", "needs ?of=<table, function or mapping> that means one mapping"}, {"mappings", which}}));
  }
  mappings.replay(found.front().config.uuid, stretch, [respond](const ports::Replayed& done) {
    Json out{
        {"records", done.records}, {"filteredOut", done.filtered}, {"batches", done.batches}, {"failed", done.failed}};
    if (!done.last_error.empty()) out["lastError"] = done.last_error;
    if (!done.problem.empty()) out["message"] = done.problem;
    respond(json_reply(done.problem.empty() ? 200 : 400, out));
  });
}

}  // namespace

std::string mappings_in_words(const ports::MappingEngine& mappings, const std::string& name) {
  std::string out;
  for (const MappingReport& mapping : meant(mappings, name)) out += in_words(mapping, !trace::on());
  return out;
}

std::vector<AdminRoute> mapping_routes(ports::MappingEngine& mappings) {
  auto all = [&mappings](const HttpRequest& request, const AdminRespond& respond) {
    Json shown_ones = Json::array();
    for (const MappingReport& mapping : meant(mappings, wanted_of(request))) shown_ones.push_back(shown(mapping));
    respond(json_reply(200, {{"mappings", shown_ones}}));
  };
  auto again = [&mappings](const HttpRequest& request, const AdminRespond& respond) {
    replay(mappings, request, respond);
  };
  return {{"GET mappings", all}, {"POST replay", again}};
}

}  // namespace millrace::poller
