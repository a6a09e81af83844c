#pragma once
// What the operations share: targets and what hangs on them in the store, and setting their capacity.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/epoch_seconds.h"
#include "emulator/base/executor.h"
#include "emulator/base/mutex.h"
#include "emulator/base/work_in_progress.h"
#include "emulator/ports/alarms.h"
#include "emulator/ports/service_calls.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/autoscaling/errors.h"
#include "emulator/services/autoscaling/service.h"
#include "emulator/storage/store.h"

namespace millrace::autoscaling {

struct Place {
  std::string account, region;
};

/// What is scaled: ("dynamodb", "table/T", "dynamodb:table:ReadCapacityUnits").
struct TargetName {
  std::string service_namespace, resource_id, dimension;
};

/// "target", "policy" or "action": documents by place, kind and (target, name). Members are those of the API, and "id" (a UUID),
/// "created_ms"; a target's "tags".
std::string document_key(const Place& place, const char* kind, const TargetName& target, const std::string& name = "");
std::vector<Json> list_all(const storage::Reader& reader, const Place& place, const char* kind);
std::optional<Json> read_target(const storage::Reader& reader, const Place& place, const TargetName& name);

class Scaling {
 public:
  Scaling(ServiceContext given, ports::ServiceCalls& services, ports::Alarms& watched)
      : context(std::move(given)), alarms(watched), services_(services) {}
  ServiceContext context;
  ports::Alarms& alarms;

  Millis now() const { return context.clock.now_ms(); }
  /// Sets the timers of all scheduled actions that are kept.
  void start();
  void stop();
  /// Moves the target's capacity into its bounds, beside the request, and notes what was done. `cause` as activities show it.
  void clamp_later(const Place& place, const TargetName& name, const std::string& cause);
  /// Sets the timer for a scheduled action's next firing.
  void arm(const Place& place, const Json& action);
  /// Puts a policy's alarms, with thresholds for the capacity as it is now, and deletes those of `former`.
  void put_alarms(const Place& place, const Json& policy, const std::vector<std::string>& former);
  /// An alarm of this policy went off, or still says so.
  void track_later(const std::string& policy_arn, const std::string& alarm);
  /// What was posted and not yet done.
  WorkInProgress& in_progress() { return work_; }
  /// The capacity as it is; ValidationException for what isn't there.
  Result<int64_t> capacity(const Place& place, const TargetName& name);

 private:
  void post(std::function<void()> task);
  void fire(const Place& place, const TargetName& name, const std::string& action, Millis at);
  void clamp(const Place& place, const TargetName& name, const std::string& cause);
  void track(const std::string& policy_arn, const std::string& alarm);
  bool cooling(const Place& place, const TargetName& name, const Json& policy, bool out);
  void move(const Place& place, const TargetName& name, int64_t wanted, const std::string& cause);
  Result<void> set_capacity(const Place& place, const TargetName& name, int64_t capacity);
  void note_activity(const Place& place, const TargetName& name, const std::string& what, const std::string& cause,
                     const std::string& failure);

  ports::ServiceCalls& services_;
  WorkInProgress work_;
  Mutex mutex_;
  std::unique_ptr<Executor> thread_ GUARDED_BY(mutex_);  // made when something is first scaled
  bool stopped_ GUARDED_BY(mutex_) = false;
};

Place place_of(const protocol::Call& call);
TargetName target_of(const Json& input);
AwsError bad(const std::string& text);
AwsError no_target(const TargetName& name);

/// The members ServiceNamespace, ResourceId and ScalableDimension, required or not.
std::vector<protocol::Member> target_members(bool all_required);
/// Does a document fit a Describe's filters? `names`: the member that lists names, `name` the document's.
bool passes(const Json& document, const Json& input, const char* names, const char* name);
/// A page of `all`, which are in the order of their targets and then of `name`: MaxResults (50) and NextToken.
Result<Json> page_of(const protocol::Call& call, const char* member, const std::vector<Json>& all, const char* name);
/// Needs `application-autoscaling:<operation>` on everything.
std::function<Result<protocol::AccessNeeds>(const protocol::Call&)> access_to(std::string operation);

/// The next firing after `after`, nullopt: never.
std::optional<Millis> next_firing(const Json& action, Millis after);
/// ValidationException for what isn't a schedule.
Result<void> check_schedule(const std::string& schedule, const std::string& zone);

/// Its policies' alarms go with a target or policy.
void remove_alarms(Scaling& scaling, const Place& place, const std::vector<Json>& policies);

using Operations = std::vector<protocol::Operation>;
Operations target_operations(Scaling& scaling);  // targets.cc
Operations policy_operations(Scaling& scaling);  // policies.cc
Operations action_operations(Scaling& scaling);  // scheduled_actions.cc
Operations tag_operations(Scaling& scaling);     // tags.cc

}  // namespace millrace::autoscaling
