#include "emulator/server/admin_openapi.h"

#include "emulator/base/encoding.h"
#include "emulator/base/version.h"

namespace millrace::server {

namespace {

struct Parameter {
  const char* name;
  const char* text;
  bool required = false;
};
struct Described {
  const char* route;
  const char* summary;
  std::vector<Parameter> parameters = {};
};

const Parameter kStream = {"stream", "The stream's ARN, or the table's name", true};
const std::vector<Described> kDescribed = {
    {"GET ", "The console: a page that shows what there is"},
    {"GET console/console.js", "The console's script"},
    {"GET console/console.css", "The console's style"},
    {"GET events", "Server-sent events for the page: something happened"},
    {"GET health", "Whether all is well, and what handlers import"},
    {"GET constant", "An empty object: the cost of a request alone"},
    {"GET status", "Version, pid, data folder, uptime, clock, memory, and what there is by account and region"},
    {"POST stop", "Ends the server as SIGTERM does"},
    {"GET metrics", "What there is and how mappings fare, in Prometheus' text format"},
    {"GET openapi.json", "This document"},
    {"GET clock", "The emulator's clock"},
    {"POST clock/freeze", "Stops the clock"},
    {"POST clock/resume", "Lets the clock run again"},
    {"POST clock/set", "Sets the clock", {{"to", "Milliseconds since the epoch, or 2024-01-31T09:00:00Z", true}}},
    {"POST clock/advance", "Moves the clock forward", {{"by", "Milliseconds", true}}},
    {"POST drain",
     "Answers when every committed record, event and notification is through; 504 if that takes longer",
     {{"timeout", "Seconds to wait"},
      {"account", "Only what concerns this account"},
      {"table", "Only the mappings of this table's kStream, or of this queue"},
      {"function", "Only what calls this function"}}},
    {"POST reset",
     "Everything goes, as if the server had been started anew; or an account's, or a service's. Answers when it has",
     {{"account", "This account alone; the others and the clock stay"},
      {"service", "This service alone: dynamodb, lambda, s3, ..."}}},
    {"GET snapshots", "Saved states: name, when, of which version, of which account, with what clock, bytes"},
    {"POST snapshots/save",
     "Saves the state of this moment, in place of an earlier one of that name",
     {{"name", "1 to 64 letters, digits, dots, dashes and underscores", true}, {"account", "This account alone"}}},
    {"POST snapshots/load",
     "What was saved replaces what is there, clock and functions' environments included; requests wait meanwhile",
     {{"name", "The snapshot's", true}, {"account", "This account alone; the others and the clock stay"}}},
    {"DELETE snapshots", "Removes a snapshot", {{"name", "The snapshot's", true}}},
    {"GET snapshots/export", "The snapshot as one file", {{"name", "The snapshot's", true}}},
    {"PUT snapshots/import",
     "The body, an exported snapshot, becomes one here",
     {{"name", "What it is to be called", true}}},
    {"GET faults", "The rules that tests asked for, with what they hit", {{"account", "Of this account alone"}}},
    {"POST faults",
     "Adds a rule, the body: {kind, service, operation, account, function, resource, nth, times, share, seed, forMs, "
     "error, "
     "message, status, delayMs, items}. Kinds of calls: error, throttle, delay, unprocessed, conflict, "
     "iterator-expired; of "
     "invocations: function-error, function-timeout, environment-death, function-throttle, twice, kill"},
    {"DELETE faults", "Removes rules", {{"id", "This one; all otherwise"}, {"account", "Of this account alone"}}},
    {"GET mappings",
     "Event source mappings with their counts and what became of the latest records",
     {{"of", "A table, a queue, a function, the ARN of one, or a mapping's UUID"}}},
    {"GET why",
     "The same in words",
     {{"of", "A table, a queue, a function, the ARN of one, or a mapping's UUID", true}}},
    {"GET trace",
     "What followed from requests, as trees",
     {{"of", "A table, queue, topic, bucket, function, rule, URL, or the id of a request or message", true},
      {"item", "Of a table: a value in the item's key"},
      {"last", "So many of the newest; 10"},
      {"form", "text: for people; lines: what is newer than `after`, a line each; JSON otherwise"},
      {"after", "A number that `newest` or the header X-Millrace-Newest gave"}}},
    {"POST replay",
     "A stretch of a stream delivered again to a mapping's function; answers when that is through",
     {{"of", "A table, a function or a mapping's UUID that means one mapping", true},
      {"from", "A record's sequence number, an ISO time or milliseconds; the first record otherwise"},
      {"to", "The same of the end; the last record otherwise"},
      {"account", "Of this account"}}},
    {"GET streams/shards", "The shards of a stream and their lineage", {kStream}},
    {"POST streams/roll", "Closes every open shard; each gets one child", {kStream}},
    {"POST streams/split",
     "Closes an open shard; it gets two children",
     {kStream, {"shard", "The shard's id; the first open one otherwise"}}},
    {"GET iam/audit", "Per principal: what it used, what would have been denied and why"},
    {"DELETE iam/audit", "Forgets what was recorded"},
    {"GET iam/policy",
     "The least-privilege policy that fits what a principal did",
     {{"principal", "ARN of a user or a role", true}}},
    {"GET log-metrics", "What metric filters have counted"},
    {"GET /health", "The services, as LocalStack answers"},
    {"GET /metrics", "The same as /_millrace/metrics"},
    {"GET /_localstack/health", "The services, as LocalStack answers"},
    {"GET /_localstack/info", "Version and uptime, as LocalStack answers"},
    {"GET /_localstack/init", "That the start is over, as LocalStack answers"},
    {"GET /_localstack/init/ready", "That the start is over, as LocalStack answers"},
};

Json operation_of(const std::string& route) {
  Json out = {{"summary", ""}, {"responses", {{"200", {{"description", "Done"}}}}}};
  for (const Described& one : kDescribed) {
    if (route != one.route) continue;
    out["summary"] = one.summary;
    for (const Parameter& parameter : one.parameters)
      out["parameters"].push_back({{"name", parameter.name},
                                   {"in", "query"},
                                   {"required", parameter.required},
                                   {"description", parameter.text},
                                   {"schema", {{"type", "string"}}}});
  }
  return out;
}

}  // namespace

Json openapi_of(const std::vector<std::string>& routes) {
  Json paths = Json::object();
  for (const std::string& route : routes) {
    size_t space = route.find(' ');
    std::string path = route.substr(space + 1);
    if (!path.starts_with('/')) path = "/_millrace/" + path;
    paths[path][to_lower(route.substr(0, space))] = operation_of(route);
  }
  return {{"openapi", "3.1.0"},
          {"info", {{"title", "millrace's admin API"}, {"version", version()}}},
          {"paths", std::move(paths)}};
}

void add_openapi_route(Admin& admin) {
  admin.add("GET openapi.json", [&admin](const protocol::HttpRequest&, const Admin::Respond& respond) {
    respond(json_reply(200, openapi_of(admin.routes())));
  });
}

}  // namespace millrace::server
