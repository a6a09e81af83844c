#pragma once
// What SQS's operations share. Handlers speak the JSON protocol's documents; query_protocol.cc translates the other.

#include <string>

#include "emulator/base/page_token.h"
#include "emulator/ports/authority.h"
#include "emulator/ports/encryption.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/service_context.h"
#include "emulator/services/sqs/errors.h"
#include "emulator/services/sqs/meter.h"
#include "emulator/services/sqs/queues.h"
#include "emulator/services/sqs/waiters.h"

namespace millrace::sqs {

struct Sqs {
  Sqs(ServiceContext c, std::shared_ptr<ports::Encryption> k, ports::Metrics* metrics)
      : context(c), keys(std::move(k)), waiters(c.clock, c.timers), meter(c.store, c.clock, metrics) {}
  ServiceContext context;
  std::shared_ptr<ports::Encryption> keys;  // of queues under a KMS key
  ports::Authority* authority = nullptr;    // asked for roles that read such queues
  Waiters waiters;
  Meter meter;
};

/// The queue that `QueueUrl` names (`http://host/<account>/<name>`), or QueueDoesNotExist.
Result<Queue> named_queue(const storage::Reader& reader, const protocol::Call& call);
/// The URL under which this caller reaches the queue: the host that it used.
std::string queue_url(const protocol::Call& call, const Queue& queue);
/// The caller needs `sqs:<action>` on the named queue, whose policy counts too.
std::function<Result<protocol::AccessNeeds>(const protocol::Call&)> queue_access(Sqs& sqs, std::string action);
/// Ends a change to a queue: messages may be visible now or later.
void wake_after_commit(storage::Txn& txn, Sqs& sqs, const Queue& queue, Millis visible_at);
AwsError queue_does_not_exist();
/// What AWS refuses in a RedrivePolicy among `attributes` for this queue: an unknown dead-letter queue, one of the other
/// type, a count out of range.
Result<void> check_redrive_policy(const storage::Reader& reader, const Queue& queue, const Json& attributes);
/// InvalidParameterValue for more than fifty tags of a queue, and for keys that are AWS's own.
Result<void> check_tags(const Queue& queue);

// queue_operations.cc
protocol::Operation create_queue(Sqs& sqs);
protocol::Operation delete_queue(Sqs& sqs);
protocol::Operation get_queue_url(Sqs& sqs);
protocol::Operation list_queues_operation(Sqs& sqs);
protocol::Operation purge_queue(Sqs& sqs);
// queue_attributes.cc
protocol::Operation get_queue_attributes(Sqs& sqs);
protocol::Operation set_queue_attributes(Sqs& sqs);
protocol::Operation tag_queue(Sqs& sqs);
protocol::Operation untag_queue(Sqs& sqs);
protocol::Operation list_queue_tags(Sqs& sqs);
// permissions.cc
protocol::Operation add_permission(Sqs& sqs);
protocol::Operation remove_permission(Sqs& sqs);
// send_message.cc
protocol::Operation send_message(Sqs& sqs);
protocol::Operation send_message_batch(Sqs& sqs);
// redrive.cc
protocol::Operation list_dead_letter_source_queues(Sqs& sqs);
/// The ARN that the queue's redrive policy names; empty without one.
std::string dead_letter_target(const Queue& queue);
// move_tasks.cc
/// Goes on with what a stopped server left running.
void resume_move_tasks(Sqs& sqs);
protocol::Operation start_message_move_task(Sqs& sqs);
protocol::Operation list_message_move_tasks(Sqs& sqs);
protocol::Operation cancel_message_move_task(Sqs& sqs);
// receive_message.cc
protocol::Operation receive_message(Sqs& sqs);
// delete_message.cc
protocol::Operation delete_message(Sqs& sqs);
protocol::Operation delete_message_batch(Sqs& sqs);
protocol::Operation change_message_visibility(Sqs& sqs);
protocol::Operation change_message_visibility_batch(Sqs& sqs);

/// The page that NextToken and MaxResults (1,000) ask for; InvalidParameterValue for a token of another list. `of` names
/// what the list depends on.
Result<Pager> page_in(const protocol::Call& call, std::string_view of);
/// NextToken, which AWS gives to callers who named MaxResults.
void end_page(const protocol::Call& call, const Pager& page, Json& answer);

/// A number that may come as text (query protocol); the fallback if it is neither.
int64_t number_of(const Json& input, const char* member, int64_t fallback);

/// 1 to 10 entries whose ids are well formed and distinct; AWS's errors otherwise. `entry` is the name of an entry's
/// type, which the text for an empty batch holds.
Result<void> check_batch(const Json& entries, const char* entry);

}  // namespace millrace::sqs
