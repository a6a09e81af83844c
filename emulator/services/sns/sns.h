#pragma once
// What SNS's operations share.

#include "emulator/base/mutex.h"
#include "emulator/base/page_token.h"
#include "emulator/base/work_in_progress.h"
#include "emulator/encryption/key_use.h"
#include "emulator/ports/destination.h"
#include "emulator/ports/http_caller.h"
#include "emulator/ports/metrics.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/service_context.h"
#include "emulator/services/sns/errors.h"
#include "emulator/services/sns/fifo.h"
#include "emulator/services/sns/model.h"

namespace millrace::sns {

struct Sns {
  ServiceContext context;
  ports::Destination& destinations;
  encryption::KeyUser keys;           // of topics under a KMS key
  ports::Metrics* metrics = nullptr;  // null: nothing is counted
  ports::HttpCaller* http = nullptr;  // to subscribed servers
  WorkInProgress work = {};           // requests to them
  Mutex in_order = {};                // messages of FIFO topics go out one after the other
};

/// A message on its way to a topic's subscribers.
struct Publication {
  std::string message;
  std::string subject;
  std::string structure;              // "json": a message per protocol
  Json attributes = Json::object();   // name -> {DataType, StringValue | BinaryValue}
  std::string group = {};             // MessageGroupId: of FIFO topics, or for fair queues
  std::string deduplication_id = {};  // FIFO topics
  std::string trace = {};             // X-Amzn-Trace-Id of whoever published; empty: none
};
/// Delivers to every subscriber whose filter policy matches; a failing delivery is logged and stops no other. A FIFO topic
/// that took the message before delivers nothing and answers as then.
Taken publish(Sns& sns, const Topic& topic, const Publication& publication);

// publication.cc

std::vector<protocol::Member> message_members();
/// The message of a request or of a batch's entry, as the topic needs it; nullptr: it goes to a phone or a device.
Result<Publication> read_publication(const Json& input, const protocol::Call& call, const Topic* topic);
/// The group and deduplication id that a FIFO topic needs and others don't take.
Result<void> read_order(const Topic& topic, Publication& publication);
/// 1 to 10 entries of well-formed, distinct ids, together no longer than one message.
Result<void> check_batch(const Json& entries);

// delivery.cc

/// The text for one protocol: with MessageStructure json its own entry, else the default one.
std::string text_for(const Publication& publication, const std::string& protocol);
void deliver_to_all(Sns& sns, const Topic& topic, const Publication& publication, const Taken& taken);
/// The subscriber got it or didn't: counted, and where it didn't sent to the subscription's dead-letter queue.
void settle(Sns& sns, const Topic& topic, const Subscription& subscription, const Publication& publication,
            const Taken& taken, const Result<void>& sent);
/// The document that queues and servers get.
std::string notification_text(Sns& sns, const Topic& topic, const Subscription& subscription,
                              const Publication& publication, const Taken& taken);

// web_delivery.cc

/// Asks the subscribed server to confirm, or tells it that its subscription ended (`Type`: "SubscriptionConfirmation",
/// "UnsubscribeConfirmation"). Returns at once.
void send_confirmation(Sns& sns, const Subscription& subscription, const std::string& type);
/// Returns at once; the answer settles it.
void post_notification(Sns& sns, const Topic& topic, const Subscription& subscription, const Publication& publication,
                       const Taken& taken);

// filter_policy.cc

/// What AWS says of an attribute's value, behind "Invalid parameter: "; empty: nothing.
std::string filter_policy_problem(const std::string& policy, const std::string& scope);

/// The key that the topic is under, whose context is the topic's ARN.
encryption::KeyOf key_of(const Topic& topic);
/// KMS's error under SNS's code: KMSAccessDenied, KMSDisabled, KMSInvalidState, KMSNotFound.
AwsError kms_error(const AwsError& error, const std::string& request_id);

/// The caller needs `sns:<action>` on the topic (whose policy counts too), or on `*` for actions without one.
std::function<Result<protocol::AccessNeeds>(const protocol::Call&)> topic_access(Sns& sns, std::string action);

/// The page behind NextToken, of 100 entries; InvalidParameter for a token of another list. `of` names the topic whose
/// list it is.
Result<Pager> page_in(const protocol::Call& call, std::string_view of = {});
/// The topic that the call's member names; InvalidParameter for one of another region.
Result<Topic> called_topic(const storage::Reader& reader, const protocol::Call& call, const char* member = "TopicArn");
/// The topic that ResourceArn names; ResourceNotFound `Resource does not exist`.
Result<Topic> tagged_topic(const storage::Reader& reader, const protocol::Call& call);
/// [{Key, Value}, ...]
protocol::Shape tag_list_shape();
/// The topic's policy: as set, or the default that lets the owner do everything.
std::string topic_policy(const Topic& topic);

// topic_operations.cc
protocol::Operation create_topic(Sns& sns);
protocol::Operation delete_topic(Sns& sns);
protocol::Operation list_topics_operation(Sns& sns);
protocol::Operation get_topic_attributes(Sns& sns);
protocol::Operation set_topic_attributes(Sns& sns);
protocol::Operation tag_resource(Sns& sns);
protocol::Operation untag_resource(Sns& sns);
protocol::Operation list_tags_for_resource(Sns& sns);
// permissions.cc
protocol::Operation add_permission(Sns& sns);
protocol::Operation remove_permission(Sns& sns);
// subscription_operations.cc
protocol::Operation subscribe(Sns& sns);
protocol::Operation unsubscribe(Sns& sns);
protocol::Operation list_subscriptions_operation(Sns& sns);
protocol::Operation list_subscriptions_by_topic(Sns& sns);
protocol::Operation get_subscription_attributes(Sns& sns);
protocol::Operation set_subscription_attributes(Sns& sns);
protocol::Operation confirm_subscription(Sns& sns);
// publish.cc
protocol::Operation publish_operation(Sns& sns);
protocol::Operation publish_batch(Sns& sns);
// data_protection.cc
protocol::Operation get_data_protection_policy(Sns& sns);
protocol::Operation put_data_protection_policy(Sns& sns);
// push_endpoints.cc, push_targets.cc
/// An enabled endpoint of a mobile platform; InvalidParameter, EndpointDisabled.
Result<void> check_push_endpoint(const storage::Reader& reader, const std::string& arn);
void add_push_operations(std::vector<protocol::Operation>& operations, Sns& sns);
// text_messages.cc
bool is_phone_number(const std::string& text);
void add_text_message_operations(std::vector<protocol::Operation>& operations, Sns& sns);

}  // namespace millrace::sns
