#include <algorithm>

#include "emulator/base/log.h"
#include "emulator/base/trace.h"
#include "emulator/services/sns/sns.h"

namespace millrace::sns {

using namespace protocol;

namespace {

Result<void> check_key(const Sns& sns, const Topic& topic, const Call& call) {
  auto used = encryption::use_key(sns.keys, key_of(topic), call, {"GenerateDataKey", "Decrypt"});
  if (used.has_error()) return kms_error(used.error(), call.request_id);
  return {};
}

/// Delivered before it is remembered: what a kill cut off is delivered again when it is published again, and FIFO queues
/// drop it then by its deduplication id.
Taken publish_in_order(Sns& sns, const Topic& topic, const Publication& publication) {
  MutexLock lock(sns.in_order);
  const Millis now = sns.context.clock.now_ms();
  const std::string& id = publication.deduplication_id;
  if (auto before = taken_before(sns.context.store, topic, publication.group, id, now)) return std::move(*before);
  Result<Topic> stored = find_topic(sns.context.store, topic.arn());
  const uint64_t number = (stored.has_value() ? stored->sequence : topic.sequence) + 1;
  Taken taken{sns.context.random.uuid(), sequence_number_text(number)};
  deliver_to_all(sns, topic, publication, taken);
  auto kept = sns.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TRY(Topic current, find_topic(txn, topic.arn()));
    current.sequence = number;
    put_topic(txn, current);
    remember_taken(txn, current, publication.group, id, taken, now);
    return {};
  });
  if (kept.has_error()) log::warning("sns: " + topic.arn() + " was deleted while it took a message");
  return taken;
}

void add_taken(Json& out, const Taken& taken) {
  out["MessageId"] = taken.message_id;
  if (!taken.sequence_number.empty()) out["SequenceNumber"] = taken.sequence_number;
}

/// A phone's number, or a device's endpoint: looked at, told, and gone.
Result<Json> publish_to_one(Sns& sns, const Call& call) {
  const std::string phone = text_of(call.input, "PhoneNumber"), arn = text_of(call.input, "TargetArn");
  TRY(Publication publication, read_publication(call.input, call, nullptr));
  if (arn.empty() && !is_phone_number(phone))
    return AwsError(errors::invalid_parameter,
                    "Invalid parameter: PhoneNumber Reason: " + phone + " is not valid to publish to");
  if (!arn.empty()) TRY_VOID(check_push_endpoint(sns.context.store, arn));
  const std::string id = sns.context.random.uuid();
  if (trace::on())
    trace::note({.kind = "notification",
                 .key = id,
                 .subject = arn.empty() ? phone : arn,
                 .text = text_for(publication, arn.empty() ? "sms" : "GCM") + " for " + (arn.empty() ? phone : arn) +
                         ", where nothing goes from here"});
  return Json{{"MessageId", id}};
}

}  // namespace

encryption::KeyOf key_of(const Topic& topic) {
  return {
      topic.account, topic.region, text_of(topic.attributes, "KmsMasterKeyId"), {{"aws:sns:topicArn", topic.arn()}}};
}

AwsError kms_error(const AwsError& error, const std::string& request_id) {
  static const std::pair<std::string_view, ErrorKind> kinds[] = {
      {"AccessDeniedException", errors::kms_access_denied},
      {"DisabledException", errors::kms_disabled},
      {"KMSInvalidStateException", errors::kms_invalid_state},
      // unverified: the model has no code for this one
      {"InvalidKeyUsageException", errors::kms_invalid_state}};
  const std::string words = encryption::sdk_words(error, request_id);
  for (const auto& [code, kind] : kinds) {
    if (code == error.kind->code) return {kind, words};
  }
  return {errors::kms_not_found, words};
}

Taken publish(Sns& sns, const Topic& topic, const Publication& publication) {
  if (topic.fifo()) return publish_in_order(sns, topic, publication);
  Taken taken{sns.context.random.uuid(), ""};
  deliver_to_all(sns, topic, publication, taken);
  return taken;
}

Operation publish_operation(Sns& sns) {
  static const Shape input = structure(message_members());
  auto handle = [&sns](Call& call) -> Result<Json> {
    const std::string arn = text_of(call.input, "TopicArn", text_of(call.input, "TargetArn"));
    const bool to_device = arn.find(":endpoint/") != std::string::npos;
    if (to_device || (arn.empty() && find(call.input, "PhoneNumber"))) return publish_to_one(sns, call);
    if (arn.empty())
      return AwsError(errors::invalid_parameter,
                      "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter");
    TRY_VOID(read_publication(call.input, call, nullptr));
    TRY(Topic topic, called_topic(sns.context.store, call, find(call.input, "TopicArn") ? "TopicArn" : "TargetArn"));
    TRY(Publication publication, read_publication(call.input, call, &topic));
    TRY_VOID(check_key(sns, topic, call));
    Json out = Json::object();
    add_taken(out, publish(sns, topic, publication));
    return out;
  };
  return {.name = "Publish", .input = &input, .access = topic_access(sns, "Publish"), .handle = JsonHandler(handle)};
}

Operation publish_batch(Sns& sns) {
  static const Shape input = [] {
    std::vector<Member> members = message_members();
    members.push_back(required("Id", string()));
    return structure(
        {required("TopicArn", string()), optional("PublishBatchRequestEntries", list(structure(std::move(members))))});
  }();
  auto handle = [&sns](Call& call) -> Result<Json> {
    Json entries = call.input.value("PublishBatchRequestEntries", Json::array());
    TRY_VOID(check_batch(entries));
    TRY(Topic topic, called_topic(sns.context.store, call));
    for (const Json& entry : entries) {  // what a FIFO topic needs fails the whole batch
      Publication order{.message = text_of(entry, "Message"), .subject = {}, .structure = {}};
      order.group = text_of(entry, "MessageGroupId");
      order.deduplication_id = text_of(entry, "MessageDeduplicationId");
      TRY_VOID(read_order(topic, order));
    }
    TRY_VOID(check_key(sns, topic, call));
    Json successful = Json::array(), failed = Json::array();
    for (const Json& entry : entries) {
      Result<Publication> publication = read_publication(entry, call, &topic);
      if (publication.has_value()) {
        successful.push_back({{"Id", text_of(entry, "Id")}});
        add_taken(successful.back(), publish(sns, topic, *publication));
      } else {
        failed.push_back({{"Id", text_of(entry, "Id")},
                          {"Code", publication.error().kind->code},
                          {"Message", publication.error().message},
                          {"SenderFault", true}});
      }
    }
    return Json{{"Successful", successful}, {"Failed", failed}};
  };
  return {
      .name = "PublishBatch", .input = &input, .access = topic_access(sns, "Publish"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::sns
