#include <algorithm>
#include <charconv>

#include "emulator/protocol/internal_failure.h"
#include "emulator/protocol/service.h"
#include "emulator/protocol/sign_in_words.h"
#include "emulator/protocol/unbuilt_operations.h"

namespace millrace::protocol {

QueryService::QueryService(Profile profile, std::vector<Operation> operations)
    : profile_(std::move(profile)), operations_(std::move(operations)) {}

namespace {

constexpr size_t kFieldsMax = 10'000;  // far above any real form
constexpr size_t kPathPartsMax = 16;
constexpr int kIndexMax = 10'000;

/// The list index a part of a field's name stands for, 1-based; 0 if it isn't a number.
int index_of(std::string_view part) {
  int value = 0;
  auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
  bool whole = error == std::errc() && end == part.data() + part.size();
  return whole && value >= 1 && value <= kIndexMax ? value : 0;
}

std::vector<std::string_view> split(std::string_view name) {
  std::vector<std::string_view> parts;
  while (parts.size() < kPathPartsMax) {
    size_t dot = name.find('.');
    parts.push_back(name.substr(0, dot));
    if (dot == std::string_view::npos) break;
    name.remove_prefix(dot + 1);
  }
  return parts;
}

/// Turns {"1":a,"2":b} and {"member":{...}} into lists, from the leaves up.
Json gather_lists(const Json& node) {
  if (!node.is_object()) return node;
  if (node.size() == 1 && node.begin().key() == "member") return gather_lists(node.begin().value());
  std::vector<std::pair<int, Json>> elements;
  Json object = Json::object();
  for (const auto& [name, child] : node.items()) {
    if (int index = index_of(name))
      elements.emplace_back(index, gather_lists(child));
    else
      object[name] = gather_lists(child);
  }
  if (elements.empty() || !object.empty()) return object;
  std::sort(elements.begin(), elements.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Json list = Json::array();
  for (auto& element : elements) list.push_back(std::move(element.second));
  return list;
}

}  // namespace

Json form_to_json(const QueryParameters& fields) {
  Json root = Json::object();
  size_t taken = 0;
  for (const auto& [name, value] : fields) {
    if (++taken > kFieldsMax) break;
    Json* node = &root;
    bool misplaced = false;
    for (std::string_view part : split(name)) {
      if (!node->is_object() && !node->is_null()) {
        misplaced = true;  // `a=1&a.b=2`: the first says a is a text
        break;
      }
      node = &(*node)[std::string(part)];
    }
    if (!misplaced && !node->is_object()) *node = value;
  }
  return gather_lists(root);
}

Result<void> QueryService::decode(Call& call) {
  QueryParameters fields = call.query;
  for (auto& field : parse_query(call.http.body)) fields.push_back(std::move(field));
  call.input = form_to_json(fields);
  std::string action = text_of(call.input, "Action");
  call.operation = operations_.find(action);
  if (!call.operation) return no_such_query_action(profile_.errors, profile_.version, action);
  return {};
}

AwsError QueryService::invalid_input(const InputError& error) const {
  return {profile_.errors.validation, error.message};
}

AwsError QueryService::access_denied(const Denial& denial) const {
  return {profile_.errors.access_denied, denial_message(denial)};
}

AwsError QueryService::sign_in_failed(SignInError error, const Call&) const {
  return sign_in_error(profile_.errors, error);
}

HttpReply QueryService::render(const Call& call, const Json& output) const {
  HttpReply reply;
  const std::string& name = call.operation->name;
  std::string& out = reply.body;
  out = "<" + name + "Response xmlns=\"" + profile_.xmlns + "\">";
  if (!output.is_null()) {
    out += "<" + name + "Result>";
    for (const auto& [member, value] : output.items()) {
      bool flat = value.is_array() && std::find(profile_.flat_members.begin(), profile_.flat_members.end(),
                                                name + "." + member) != profile_.flat_members.end();
      if (flat) {
        for (const Json& element : value) append_xml(out, member, element);
      } else {
        append_xml(out, member, value);
      }
    }
    out += "</" + name + "Result>";
  }
  out += "<ResponseMetadata><RequestId>" + call.request_id + "</RequestId></ResponseMetadata></" + name + "Response>";
  return reply;
}

HttpReply QueryService::render_error(const Call& call, const AwsError& error) const {
  if (error.is(kStoreFault)) {
    static const ErrorKind iam{"ServiceFailure", 500, "", "message", Fault::server};
    static const ErrorKind other{"InternalFailure", 500, "", "message", Fault::server};
    return render_error(call,
                        AwsError(profile_.version == "2010-05-08" ? iam : other, std::string(kInternalFailureText)));
  }
  HttpReply reply;
  reply.status = error.kind->http_status;
  std::string& out = reply.body;
  out = "<ErrorResponse xmlns=\"" + profile_.xmlns + "\"><Error><Type>";
  out += error.kind->fault == Fault::client ? "Sender" : "Receiver";
  out += "</Type>";
  append_xml(out, "Code", error.kind->code);
  append_xml(out, "Message", error.message);
  for (const auto& [name, value] : error.extra.items()) append_xml(out, name, value);
  out += "</Error><RequestId>" + call.request_id + "</RequestId></ErrorResponse>";
  return reply;
}

/// By its name: what reads is called so. A receipt of messages hides them from others, so it isn't among them.
bool QueryService::changes_by_get(const HttpRequest& head) const {
  if (head.method == "POST") return false;
  const auto action = query_value(parse_query(head.raw_query()), "Action");
  if (!action) return false;
  for (std::string_view reads : {"Get", "List", "Describe", "Simulate", "Decode"}) {
    // GetSessionToken and GetFederationToken make credentials, which a page can't read; they are refused all the same.
    if (action->starts_with(reads)) return action->ends_with("Token");
  }
  return true;
}

void QueryService::finish(const Call& call, HttpReply& reply) const {
  reply.headers.set("x-amzn-RequestId", call.request_id);
  if (!reply.headers.has("Content-Type")) reply.headers.set("Content-Type", "text/xml");
}

}  // namespace millrace::protocol
