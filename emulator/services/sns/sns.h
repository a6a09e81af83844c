#pragma once
// What SNS's operations share.

#include "emulator/base/page_token.h"
#include "emulator/encryption/key_use.h"
#include "emulator/ports/destination.h"
#include "emulator/ports/metrics.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/service_context.h"
#include "emulator/services/sns/errors.h"
#include "emulator/services/sns/model.h"

namespace millrace::sns {

struct Sns {
  ServiceContext context;
  ports::Destination& destinations;
  encryption::KeyUser keys;           // of topics under a KMS key
  ports::Metrics* metrics = nullptr;  // null: nothing is counted
};

/// A message on its way to a topic's subscribers.
struct Publication {
  std::string message;
  std::string subject;
  std::string structure;             // "json": a message per protocol
  Json attributes = Json::object();  // name -> {DataType, StringValue | BinaryValue}
  std::string group = {};            // MessageGroupId: for fair queues
  std::string trace = {};            // X-Amzn-Trace-Id of whoever published; empty: none
};
/// Delivers to every subscriber whose filter policy matches; a failing delivery is logged and stops no other.
/// Returns the message's id.
std::string publish(Sns& sns, const Topic& topic, const Publication& publication);

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
// publish.cc
protocol::Operation publish_operation(Sns& sns);
protocol::Operation publish_batch(Sns& sns);

}  // namespace millrace::sns
