#include "emulator/services/cloudwatch/faces.h"

#include <cmath>
#include <map>
#include <set>

#include "emulator/base/encoding.h"
#include "emulator/base/epoch.h"
#include "emulator/protocol/internal_failure.h"
#include "emulator/protocol/unbuilt_operations.h"
#include "emulator/services/cloudwatch/cbor.h"
#include "emulator/services/cloudwatch/errors.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {

constexpr std::string_view kTarget = "GraniteServiceVersion20100801.";
constexpr std::string_view kCborPath = "/service/GraniteServiceVersion20100801/operation/";
constexpr const char* kXmlns = "http://monitoring.amazonaws.com/doc/2010-08-01/";

const std::set<std::string> kTimes = {"Timestamp",
                                      "Timestamps",
                                      "StartTime",
                                      "EndTime",
                                      "StartDate",
                                      "ExpireDate",
                                      "LastUpdatedTimestamp",
                                      "EndDate",
                                      "LastModified",
                                      "StateUpdatedTimestamp",
                                      "CreationDate",
                                      "LastUpdateDate",
                                      "StateTransitionedTimestamp",
                                      "AlarmConfigurationUpdatedTimestamp"};
const std::set<std::string> kNumbers = {"Value",
                                        "Sum",
                                        "Minimum",
                                        "Maximum",
                                        "SampleCount",
                                        "Values",
                                        "Counts",
                                        "Period",
                                        "EvaluationPeriods",
                                        "DatapointsToAlarm",
                                        "Threshold",
                                        "StorageResolution",
                                        "MaxRecords",
                                        "MaxDatapoints",
                                        "MaxResults",
                                        "ActionsSuppressorWaitPeriod",
                                        "ActionsSuppressorExtensionPeriod"};
const std::set<std::string> kBooleans = {
    "ActionsEnabled", "ReturnData", "IncludeLinkedAccounts", "StrictEntityValidation", "IncludeLinkedAccountsMetrics",
    "PeriodicSpikes"};
/// Lists of the inputs: an empty one comes as an empty text.
const std::set<std::string> kLists = {
    "OKActions", "AlarmActions", "InsufficientDataActions", "Dimensions", "AlarmNames", "AlarmTypes", "Tags", "TagKeys",
    "Metrics",   "MetricData",   "DashboardNames"};

bool is_time(const std::string& member) {
  return kTimes.contains(member);
}

/// A form's texts as the JSON protocol's values. `member` is the list's own name for its elements.
Json typed(const std::string& member, const Json& value, bool is_tag) {
  if (value.is_object()) {
    Json out = Json::object();
    const bool has_tag = value.contains("Key");
    for (const auto& [name, inner] : value.items()) out[name] = typed(name, inner, has_tag);
    return out;
  }
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& element : value) out.push_back(typed(member, element, false));
    return out;
  }
  if (!value.is_string()) return value;
  const std::string& text = value.get_ref<const std::string&>();
  if (text.empty() && kLists.contains(member)) return Json::array();
  if (is_tag) return value;
  if (kBooleans.contains(member)) return text == "true";
  if (kTimes.contains(member)) {
    const Millis at = parse_iso(text);
    return at < 0 ? value : Json(static_cast<double>(at) / 1000.0);
  }
  if (!kNumbers.contains(member) || text.empty()) return value;
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  // A dimension's Value is a text that may look like a number: those are told apart by their neighbour, the Name.
  if (end != text.c_str() + text.size()) return value;
  if (text.find_first_of(".eEnN") == std::string::npos && std::fabs(number) < 1e15) return static_cast<int64_t>(number);
  return number;
}

/// Dimensions and filters keep their texts.
Json restore_dimensions(const Json& typed_value, const Json& original) {
  if (typed_value.is_object()) {
    if (original.contains("Name") && original.contains("Value")) return original;
    Json out = Json::object();
    for (const auto& [name, inner] : typed_value.items()) out[name] = restore_dimensions(inner, original.at(name));
    return out;
  }
  if (typed_value.is_array() && original.is_array()) {
    Json out = Json::array();
    for (size_t i = 0; i < typed_value.size(); ++i) out.push_back(restore_dimensions(typed_value[i], original[i]));
    return out;
  }
  return typed_value;
}

/// An answer's times as the query protocol has them.
Json with_iso_times(const Json& value, bool as_time) {
  if (as_time && value.is_number()) return iso_millis(millis_of_epoch(value.get<double>() + 0.0005));
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& element : value) out.push_back(with_iso_times(element, as_time));
    return out;
  }
  if (!value.is_object()) return value;
  Json out = Json::object();
  for (const auto& [name, inner] : value.items()) {
    if (name != "ExtendedStatistics" || !inner.is_object()) {
      out[name] = with_iso_times(inner, is_time(name));
      continue;
    }
    Json entries = Json::array();
    for (const auto& [key, entry] : inner.items()) entries.push_back({{"key", key}, {"value", entry}});
    out[name] = std::move(entries);
  }
  return out;
}

/// Maps are lists of `entry` in the query protocol.
void name_entries(std::string& xml) {
  for (size_t at = xml.find("<ExtendedStatistics>"); at != std::string::npos;
       at = xml.find("<ExtendedStatistics>", at + 1)) {
    for (const auto& [list, entry] : {std::pair{"<member>", "<entry>"}, std::pair{"</member>", "</entry>"}}) {
      for (size_t one = xml.find(list, at); one != std::string::npos && one < xml.find("</ExtendedStatistics>", at);
           one = xml.find(list, at))
        xml.replace(one, std::string_view(list).size(), entry);
    }
  }
}

/// The shape's name of a query code.
std::string shape_of(const std::string& code, const Call& call) {
  static const std::map<std::string, std::string> names = {
      {"InvalidParameterValue", "InvalidParameterValueException"},
      {"InvalidParameterCombination", "InvalidParameterCombinationException"},
      {"MissingParameter", "MissingRequiredParameterException"},
      {"LimitExceeded", "LimitExceededFault"},
      {"InvalidFormat", "InvalidFormatFault"},
      {"InvalidParameterInput", "DashboardInvalidInputError"},
      {"ValidationError", "ValidationException"},
      {"AccessDenied", "AccessDeniedException"}};
  if (code == "ResourceNotFound" && call.operation && call.operation->name.find("Dashboard") != std::string::npos)
    return "DashboardNotFoundError";
  auto found = names.find(code);
  return found == names.end() ? code : found->second;
}

}  // namespace

bool is_cbor_request(const HttpRequest& request) {
  return request.raw_path().starts_with(kCborPath);
}

class CloudWatchService::Query final : public QueryService {
 public:
  explicit Query(std::vector<Operation> operations)
      : QueryService({"2010-08-01", kXmlns, errors::service_errors()}, std::move(operations)) {}
};

CloudWatchService::CloudWatchService(std::shared_ptr<void> state, std::vector<Operation> operations)
    : state_(std::move(state)), query_(std::make_unique<Query>(std::move(operations))) {}

CloudWatchService::~CloudWatchService() = default;

CloudWatchService::Wire CloudWatchService::wire_of(const HttpRequest& request) {
  if (is_cbor_request(request)) return Wire::cbor;
  return request.headers.has("x-amz-target") ? Wire::json : Wire::query;
}

Result<void> CloudWatchService::decode_named(Call& call, const std::string& name) {
  call.operation = query_->operations().find(name);
  if (call.operation) return {};
  static const ServiceErrors own = errors::service_errors();
  return no_such_json_operation(own, "2010-08-01", name);
}

Result<void> CloudWatchService::decode(Call& call) {
  static const ErrorKind malformed{"SerializationException"};
  const Wire wire = wire_of(call.http);
  if (wire == Wire::query) {
    TRY_VOID(query_->decode(call));
    call.input = restore_dimensions(typed("", call.input, false), call.input);
    return {};
  }
  std::string_view name =
      wire == Wire::cbor ? call.http.raw_path().substr(kCborPath.size()) : call.http.headers.get("x-amz-target");
  if (wire == Wire::json && name.starts_with(kTarget)) name.remove_prefix(kTarget.size());
  TRY_VOID(decode_named(call, std::string(name)));
  if (call.http.body.empty()) return {};
  auto input = wire == Wire::cbor ? from_cbor(call.http.body) : parse_json(call.http.body);
  if (!input || !input->is_object()) return AwsError(malformed, "");
  call.input = std::move(*input);
  return {};
}

AwsError CloudWatchService::invalid_input(const InputError& error) const {
  return query_->invalid_input(error);
}
AwsError CloudWatchService::access_denied(const Denial& denial) const {
  return query_->access_denied(denial);
}
AwsError CloudWatchService::sign_in_failed(SignInError error, const Call& call) const {
  return query_->sign_in_failed(error, call);
}

HttpReply CloudWatchService::render(const Call& call, const Json& output) const {
  const Wire wire = wire_of(call.http);
  HttpReply reply;
  if (wire == Wire::query) {
    reply = query_->render(call, output.is_null() ? output : with_iso_times(output, false));
    name_entries(reply.body);
    return reply;
  }
  const Json document = output.is_null() ? Json::object() : output;
  reply.body = wire == Wire::cbor ? to_cbor(document, is_time) : to_text(document);
  return reply;
}

HttpReply CloudWatchService::render_error(const Call& call, const AwsError& error) const {
  const Wire wire = wire_of(call.http);
  if (wire == Wire::query) return query_->render_error(call, error);
  const std::string code = error.kind->code;
  const bool query_mode = call.http.headers.has("x-amzn-query-mode");
  HttpReply reply;
  reply.status = error.kind->http_status == 404 && !query_mode ? 400 : error.kind->http_status;
  const char* prefix = code == "ValidationError"             ? "com.amazon.coral.validate#"
                       : code == "UnknownOperationException" ? "com.amazon.coral.service#"
                                                             : "com.amazonaws.cloudwatch.v2010_08_01#";
  Json body{{"__type", prefix + shape_of(code, call)}};
  if (!error.message.empty()) body["message"] = error.message;
  if (query_mode)
    reply.headers.set("x-amzn-query-error", code + (error.kind->fault == Fault::client ? ";Sender" : ";Receiver"));
  reply.body = wire == Wire::cbor ? to_cbor(body, is_time) : to_text(body);
  return reply;
}

void CloudWatchService::finish(const Call& call, HttpReply& reply) const {
  const Wire wire = wire_of(call.http);
  if (wire == Wire::query) return query_->finish(call, reply);
  reply.headers.set("x-amzn-RequestId", call.request_id);
  if (wire == Wire::cbor) {
    reply.headers.set("Content-Type", "application/cbor");
    reply.headers.set("Smithy-Protocol", "rpc-v2-cbor");
  } else {
    reply.headers.set("Content-Type", "application/x-amz-json-1.0");
  }
}

bool CloudWatchService::changes_by_get(const HttpRequest& head) const {
  return query_->changes_by_get(head);
}

}  // namespace millrace::cloudwatch
