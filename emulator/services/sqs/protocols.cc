#include "emulator/services/sqs/protocols.h"

#include <map>
#include <set>

#include "emulator/protocol/internal_failure.h"
#include "emulator/services/sqs/errors.h"

namespace millrace::sqs {

using protocol::append_xml;
using protocol::Call;
using protocol::HttpReply;

namespace {

constexpr const char* kXmlns = "http://queue.amazonaws.com/doc/2012-11-05/";

/// The JSON protocol's names where they differ from the query protocol's codes.
std::string shape_name(const std::string& code) {
  static const std::map<std::string, std::string> names = {
      {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"},
      {"QueueAlreadyExists", "QueueNameExists"},
      {"AWS.SimpleQueueService.MessageNotInflight", "MessageNotInflight"},
      {"AWS.SimpleQueueService.EmptyBatchRequest", "EmptyBatchRequest"},
      {"AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "TooManyEntriesInBatchRequest"},
      {"AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "BatchEntryIdsNotDistinct"},
      {"AWS.SimpleQueueService.BatchRequestTooLong", "BatchRequestTooLong"},
      {"KMS.AccessDeniedException", "KmsAccessDenied"},
      {"KMS.DisabledException", "KmsDisabled"},
      {"KMS.InvalidKeyUsageException", "KmsInvalidKeyUsage"},
      {"KMS.InvalidStateException", "KmsInvalidState"},
      {"KMS.NotFoundException", "KmsNotFound"},
      {"AWS.SimpleQueueService.InvalidBatchEntryId", "InvalidBatchEntryId"},
      {"AWS.SimpleQueueService.UnsupportedOperation", "UnsupportedOperation"},
      {"AWS.SimpleQueueService.QueueDeletedRecently", "QueueDeletedRecently"},
      {"AWS.SimpleQueueService.PurgeQueueInProgress", "PurgeQueueInProgress"},
      {"InvalidParameterValue", "InvalidParameterValueException"},
      {"MissingParameter", "MissingRequiredParameterException"},
  };
  auto it = names.find(code);
  return it == names.end() ? code : it->second;
}

/// [{Name, Value}, ...] or [{Key, Value}, ...] as a map; one element may come without its list.
Json pairs_to_map(const Json& pairs, const char* key) {
  Json out = Json::object();
  auto add = [&](const Json& pair) {
    std::string name = text_of(pair, key);
    if (!name.empty()) out[name] = pair.value("Value", Json(""));
  };
  if (pairs.is_array()) {
    for (const Json& pair : pairs) add(pair);
  } else {
    add(pairs);
  }
  return out;
}

/// An empty list comes as an empty text under the list's own name, others under their elements'.
const std::set<std::string> kLists{
    "AttributeNames", "MessageAttributeNames", "MessageSystemAttributeNames", "TagKeys", "Entries", "AWSAccountIds",
    "Actions"};

/// One element may come without its list; an empty list comes as an empty text.
Json as_list(const Json& value) {
  if (value.is_array()) return value;
  return value == "" ? Json::array() : Json::array({value});
}

void append_pairs(std::string& xml, const char* element, const char* key, const Json& map) {
  for (const auto& [name, value] : map.items()) {
    xml += std::string("<") + element + ">";
    append_xml(xml, key, name);
    append_xml(xml, "Value", value);
    xml += std::string("</") + element + ">";
  }
}

void append_message(std::string& xml, const Json& message) {
  xml += "<Message>";
  for (const auto& [member, value] : message.items()) {
    if (member == "Attributes")
      append_pairs(xml, "Attribute", "Name", value);
    else if (member == "MessageAttributes")
      append_pairs(xml, "MessageAttribute", "Name", value);
    else
      append_xml(xml, member, value);
  }
  xml += "</Message>";
}

/// The element of a batch's successful entries, by operation.
std::string successful_element(const Call& call) {
  return call.operation->name + "ResultEntry";
}

}  // namespace

SqsJsonService::SqsJsonService(std::vector<protocol::Operation> operations)
    : JsonService({"AmazonSQS", "application/x-amz-json-1.0", false, errors::service_errors()}, std::move(operations)) {
}

/// What KMS refuses has a code of its own.
AwsError SqsJsonService::access_denied(const protocol::Denial& denial) const {
  AwsError error = JsonService::access_denied(denial);
  return denial.action.starts_with("kms:") ? AwsError(errors::kms_access_denied, error.message) : error;
}

HttpReply SqsJsonService::render_error(const Call& call, const AwsError& error) const {
  if (error.is(kStoreFault)) {
    static const ErrorKind own{"InternalFailure", 500, "", "message", Fault::server};
    return render_error(call, AwsError(own, std::string(protocol::kInternalFailureText)));
  }
  HttpReply reply;
  reply.status = error.kind->http_status;
  std::string code = error.kind->code;
  // Those two the JSON protocol knows by their own names alone, as recorded on AWS.
  if (error.is(errors::invalid_value) || error.is(errors::missing_parameter)) code = shape_name(code);
  reply.headers.set("x-amzn-query-error", code + (error.kind->fault == Fault::client ? ";Sender" : ";Receiver"));
  const bool unknown = code == "UnknownOperationException";  // a name that SQS has never had: the front's own words
  reply.body = unknown ? to_text({{"__type", "com.amazon.coral.service#" + code}})
                       : to_text({{"__type", "com.amazonaws.sqs#" + shape_name(code)}, {"message", error.message}});
  return reply;
}

SqsQueryService::SqsQueryService(std::vector<protocol::Operation> operations)
    : QueryService({"2012-11-05", kXmlns, errors::service_errors()}, std::move(operations)) {}

AwsError SqsQueryService::access_denied(const protocol::Denial& denial) const {
  AwsError error = QueryService::access_denied(denial);
  return denial.action.starts_with("kms:") ? AwsError(errors::kms_access_denied, error.message) : error;
}

Json from_query_form(const Json& form) {
  Json out = Json::object();
  for (const auto& [name, value] : form.items()) {
    if (name == "Attribute")
      out["Attributes"] = pairs_to_map(value, "Name");
    else if (name == "MessageAttribute")
      out["MessageAttributes"] = pairs_to_map(value, "Name");
    else if (name == "MessageSystemAttribute")
      out["MessageSystemAttributes"] = pairs_to_map(value, "Name");
    else if (name == "Tag")
      out["Tags"] = out["tags"] = pairs_to_map(value, "Key");
    else if (name == "TagKey")
      out["TagKeys"] = as_list(value);
    else if (name == "AWSAccountId")
      out["AWSAccountIds"] = as_list(value);
    else if (name == "ActionName")
      out["Actions"] = as_list(value);
    else if (name == "AttributeName")
      out["AttributeNames"] = as_list(value);
    else if (name == "MessageAttributeName")
      out["MessageAttributeNames"] = as_list(value);
    else if (name == "MessageSystemAttributeName")
      out["MessageSystemAttributeNames"] = as_list(value);
    else if (name.ends_with("BatchRequestEntry")) {
      out["Entries"] = Json::array();
      for (const Json& entry : as_list(value)) out["Entries"].push_back(from_query_form(entry));
    } else if (value == "" && kLists.contains(name)) {
      out[name] = Json::array();
    } else {
      out[name] = value;
    }
  }
  return out;
}

Result<void> SqsQueryService::decode(Call& call) {
  TRY_VOID(QueryService::decode(call));
  call.input = from_query_form(call.input);
  // A client may address the queue by the request's own URL instead of a parameter.
  if (!find(call.input, "QueueUrl") && call.http.raw_path().size() > 1)
    call.input["QueueUrl"] = std::string(call.http.raw_path());
  return {};
}

HttpReply SqsQueryService::render(const Call& call, const Json& output) const {
  HttpReply reply;
  const std::string& name = call.operation->name;
  std::string& xml = reply.body;
  xml = "<" + name + "Response xmlns=\"" + std::string(kXmlns) + "\">";
  if (!output.is_null()) {
    xml += "<" + name + "Result>";
    for (const auto& [member, value] : output.items()) {
      if (member == "Attributes")
        append_pairs(xml, "Attribute", "Name", value);
      else if (member == "Tags")
        append_pairs(xml, "Tag", "Key", value);
      else if (member == "Results")
        for (const Json& task : value) append_xml(xml, "ListMessageMoveTasksResultEntry", task);
      else if (member == "QueueUrls" || member == "queueUrls")
        for (const Json& url : value) append_xml(xml, "QueueUrl", url);
      else if (member == "Messages")
        for (const Json& message : value) append_message(xml, message);
      else if (member == "Successful")
        for (const Json& entry : value) append_xml(xml, successful_element(call), entry);
      else if (member == "Failed")
        for (const Json& entry : value) append_xml(xml, "BatchResultErrorEntry", entry);
      else
        append_xml(xml, member, value);
    }
    xml += "</" + name + "Result>";
  }
  xml += "<ResponseMetadata><RequestId>" + call.request_id + "</RequestId></ResponseMetadata></" + name + "Response>";
  return reply;
}

}  // namespace millrace::sqs
