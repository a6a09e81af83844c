#include "emulator/cli/mcp.h"

#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "emulator/base/encoding.h"
#include "emulator/base/version.h"
#include "emulator/cli/aws_request.h"
#include "emulator/cli/env.h"
#include "emulator/cli/exit_codes.h"
#include "runtime/filter/explain_fields.h"

namespace millrace::cli {

namespace {

constexpr const char* kProtocolVersion = "2025-06-18";
constexpr int64_t kItemsDefault = 25;
constexpr int64_t kEventsDefault = 100;
constexpr size_t kTextMax = 100'000;  // bytes of an answer: an agent's window isn't endless

/// What a tool found, as text for the agent.
struct Said {
  std::string text;
  bool failed = false;
};

struct Tool {
  const char* name;
  const char* description;
  Json properties;  // of the input's schema
  std::vector<std::string> required;
  bool writes;
  std::function<Said(const Json& arguments)> run;
};

Json text_property(const char* description) {
  return {{"type", "string"}, {"description", description}};
}
Json number_property(const char* description) {
  return {{"type", "integer"}, {"description", description}};
}
Json object_property(const char* description) {
  return {{"type", "object"}, {"description", description}};
}

Said said(const Answer& answer) {
  if (answer.status == 0) return {"no answer from " + server_url() + ": " + answer.problem, true};
  return {answer.body, !answer.fine()};
}

Said admin(const std::string& method, const std::string& path, int timeout_s = 30) {
  return said(ask(server_url(), {.method = method, .target = "/_millrace/" + path, .timeout_s = timeout_s}));
}

Said json_call(const std::string& service, const std::string& target, const Json& input) {
  AwsRequest request;
  request.service = service;
  request.target = target;
  request.content_type = "application/x-amz-json-1.0";
  request.body = to_text(input);
  return said(ask_service(request));
}

Said dynamodb(const std::string& operation, const Json& input) {
  return json_call("dynamodb", "DynamoDB_20120810." + operation, input);
}

/// A table's items: of one partition where a condition is given, else the first of all.
Said query_items(const Json& arguments) {
  Json input = {{"TableName", text_of(arguments, "table")}, {"Limit", int_of(arguments, "limit", kItemsDefault)}};
  for (auto [given, member] : {std::pair{"index", "IndexName"},
                               {"key_condition", "KeyConditionExpression"},
                               {"values", "ExpressionAttributeValues"},
                               {"names", "ExpressionAttributeNames"},
                               {"filter", "FilterExpression"}}) {
    if (const Json* value = find(arguments, given)) input[member] = *value;
  }
  return dynamodb(find(arguments, "key_condition") ? "Query" : "Scan", input);
}

Said read_logs(const Json& arguments) {
  std::string group = text_of(arguments, "function");
  if (!group.starts_with('/')) group = "/aws/lambda/" + group;
  Json input = {{"logGroupName", group}, {"limit", int_of(arguments, "limit", kEventsDefault)}};
  if (auto pattern = optional_text(arguments, "pattern")) input["filterPattern"] = *pattern;
  return json_call("logs", "Logs_20140328.FilterLogEvents", input);
}

Said invoke_function(const Json& arguments) {
  AwsRequest request;
  request.service = "lambda";
  request.path = "/2015-03-31/functions/" + percent_encode(text_of(arguments, "function")) + "/invocations";
  request.content_type = "application/json";
  request.body = to_text(arguments.value("event", Json::object()));
  request.headers = {{"x-amz-log-type", "Tail"}};
  request.timeout_s = 910;
  Answer answer = ask_service(request);
  Said out = said(answer);
  out.text += "\n" + from_base64(answer.header("x-amz-log-result")).value_or("");
  out.failed = out.failed || !answer.header("x-amz-function-error").empty();
  return out;
}

Said explain_filter_tool(const Json& arguments) {
  filter::Explanation explanation = filter::explain_fields(text_of(arguments, "pattern"), text_of(arguments, "event"));
  if (!explanation.valid) return {"AWS refuses this pattern: " + explanation.problem, true};
  std::string out = explanation.matches ? "matches\n" : "does not match\n";
  for (const filter::FieldVerdict& field : explanation.fields)
    out += std::string(field.holds ? "yes " : "no  ") + field.path + " is " + field.found + ", wanted " + field.wanted +
           (field.hint.empty() ? "" : " (" + field.hint + ")") + "\n";
  return {out, false};
}

std::vector<Tool> table_tools() {
  const Json table = text_property("The table's name");
  return {
      {"status",
       "What the server is and holds: version, clock, resources by account and region",
       Json::object(),
       {},
       false,
       [](const Json&) { return admin("GET", "status"); }},
      {"list_tables",
       "DynamoDB tables of the account",
       Json::object(),
       {},
       false,
       [](const Json&) { return dynamodb("ListTables", Json::object()); }},
      {"describe_table",
       "A DynamoDB table: keys, indexes, stream",
       {{"table", table}},
       {"table"},
       false,
       [](const Json& given) {
         return dynamodb("DescribeTable", {{"TableName", text_of(given, "table")}});
       }},
      {"query_items",
       "Items of a table in DynamoDB JSON: of a key condition, else the first ones",
       {{"table", table},
        {"index", text_property("An index's name")},
        {"key_condition", text_property("Such as pk = :p")},
        {"filter", text_property("A filter expression")},
        {"values", object_property("{\":p\": {\"S\": \"a\"}}")},
        {"names", object_property("{\"#n\": \"name\"}")},
        {"limit", number_property("How many are read")}},
       {"table"},
       false,
       query_items},
  };
}

std::vector<Tool> server_tools() {
  const Json of = text_property("A table, a queue, a function, an ARN, or a mapping's UUID");
  return {
      {"list_functions",
       "Lambda functions of the account",
       Json::object(),
       {},
       false,
       [](const Json&) {
         AwsRequest request;
         request.service = "lambda";
         request.method = "GET";
         request.path = "/2015-03-31/functions";
         return said(ask_service(request));
       }},
      {"logs",
       "What a function logged, oldest first",
       {{"function", text_property("A function's name, or a log group that begins with /")},
        {"pattern", text_property("A filter pattern of CloudWatch Logs")},
        {"limit", number_property("How many events")}},
       {"function"},
       false,
       read_logs},
      {"why",
       "What became of records: delivered, filtered out and by which value, failed with which error",
       {{"of", of}},
       {"of"},
       false,
       [](const Json& given) { return admin("GET", "why?of=" + percent_encode(text_of(given, "of"))); }},
      {"trace",
       "What followed from requests, as trees: records, verdicts, batches, attempts with errors and logs, messages, "
       "what "
       "handlers called",
       {{"of",
         text_property("A table, queue, topic, bucket, function or rule by name or ARN, or the id of a request or "
                       "message")},
        {"item", text_property("Of a table: a value in the item's key")},
        {"last", number_property("So many of the newest; 10")}},
       {"of"},
       false,
       [](const Json& given) {
         std::string target = "trace?form=text&of=" + percent_encode(text_of(given, "of"));
         if (find(given, "item")) target += "&item=" + percent_encode(text_of(given, "item"));
         if (find(given, "last")) target += "&last=" + std::to_string(int_of(given, "last"));
         return admin("GET", target);
       }},
      {"mappings",
       "Event source mappings with their counts",
       Json::object(),
       {},
       false,
       [](const Json&) { return admin("GET", "mappings"); }},
      {"explain_filter",
       "Why an event matches a filter pattern or doesn't, field by field",
       {{"pattern", text_property("The pattern's JSON")}, {"event", text_property("The event's JSON")}},
       {"pattern", "event"},
       false,
       explain_filter_tool},
      {"drain",
       "Wait until every record, asynchronous event and notification is through",
       Json::object(),
       {},
       false,
       [](const Json&) { return admin("POST", "drain?timeout=60", 65); }},
      {"clock", "The emulator's clock", Json::object(), {}, false, [](const Json&) { return admin("GET", "clock"); }},
  };
}

std::vector<Tool> writing_tools() {
  return {
      {"put_item",
       "Puts an item, in DynamoDB JSON",
       {{"table", text_property("The table's name")}, {"item", object_property("{\"pk\": {\"S\": \"a\"}}")}},
       {"table", "item"},
       true,
       [](const Json& given) {
         return dynamodb("PutItem",
                         {{"TableName", text_of(given, "table")}, {"Item", given.value("item", Json::object())}});
       }},
      {"delete_item",
       "Deletes an item by its key, in DynamoDB JSON",
       {{"table", text_property("The table's name")}, {"key", object_property("The key")}},
       {"table", "key"},
       true,
       [](const Json& given) {
         return dynamodb("DeleteItem",
                         {{"TableName", text_of(given, "table")}, {"Key", given.value("key", Json::object())}});
       }},
      {"invoke",
       "Invokes a function; the result, and the log's end",
       {{"function", text_property("Its name or ARN")}, {"event", object_property("The event")}},
       {"function"},
       true,
       invoke_function},
      {"advance_clock",
       "Moves the clock forward",
       {{"milliseconds", number_property("By how much")}},
       {"milliseconds"},
       true,
       [](const Json& given) {
         return admin("POST", "clock/advance?by=" + std::to_string(int_of(given, "milliseconds")));
       }},
  };
}

class Session {
 public:
  explicit Session(bool allow_writes) : tools_(table_tools()) {
    for (Tool& tool : server_tools()) tools_.push_back(std::move(tool));
    if (!allow_writes) return;
    for (Tool& tool : writing_tools()) tools_.push_back(std::move(tool));
  }

  /// The answer to a message; null where none is due.
  Json answer(const std::string& line) const {
    auto message = parse_json(line);
    if (!message || !message->is_object()) return failure(Json(), -32700, "Parse error");
    const Json* id = find(*message, "id");
    if (!id) return Json();  // a notification
    const std::string method = text_of(*message, "method");
    const Json params = message->value("params", Json::object());
    if (method == "initialize") return result(*id, initialized(params));
    if (method == "ping") return result(*id, Json::object());
    if (method == "tools/list") return result(*id, {{"tools", list()}});
    if (method == "tools/call") return call(*id, params);
    return failure(*id, -32601, "Method not found: " + method);
  }

 private:
  static Json result(const Json& id, Json value) {
    return {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(value)}};
  }
  static Json failure(const Json& id, int code, const std::string& text) {
    return {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", text}}}};
  }
  static Json initialized(const Json& params) {
    return {{"protocolVersion", text_of(params, "protocolVersion", kProtocolVersion)},
            {"capabilities", {{"tools", Json::object()}}},
            {"serverInfo", {{"name", "millrace"}, {"version", version()}}},
            {"instructions",
             "An emulator of DynamoDB, its streams, Lambda and what stands round them, at " + server_url()}};
  }

  Json list() const {
    Json out = Json::array();
    for (const Tool& tool : tools_)
      out.push_back(
          {{"name", tool.name},
           {"description", tool.description},
           {"inputSchema", {{"type", "object"}, {"properties", tool.properties}, {"required", tool.required}}},
           {"annotations", {{"readOnlyHint", !tool.writes}}}});
    return out;
  }

  Json call(const Json& id, const Json& params) const {
    const std::string name = text_of(params, "name");
    const Json arguments = params.value("arguments", Json::object());
    for (const Tool& tool : tools_) {
      if (name != tool.name) continue;
      for (const std::string& needed : tool.required) {
        if (!find(arguments, needed)) return failure(id, -32602, "Missing argument: " + needed);
      }
      Said said = tool.run(arguments);
      if (said.text.size() > kTextMax) said.text = said.text.substr(0, kTextMax) + "\n(cut here)";
      return result(id,
                    {{"content", Json::array({{{"type", "text"}, {"text", said.text}}})}, {"isError", said.failed}});
    }
    return failure(id, -32602, "Unknown tool: " + name + " (tools that change something need --allow-writes)");
  }

  std::vector<Tool> tools_;
};

}  // namespace

int serve_mcp(std::istream& in, std::ostream& out, bool allow_writes) {
  const Session session(allow_writes);
  std::string line;
  while (std::getline(in, line)) {
    if (line.empty()) continue;
    Json answer = session.answer(line);
    if (answer.is_null()) continue;
    out << to_text(answer) << "\n";
    out.flush();
  }
  return kFine;
}

}  // namespace millrace::cli
