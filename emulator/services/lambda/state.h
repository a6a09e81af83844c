#pragma once
// What all operations of the room share.

#include <memory>
#include <string>

#include "emulator/base/page_token.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/lambda/functions.h"
#include "emulator/services/lambda/service.h"

namespace millrace::lambda {

class AsyncInvocations;

struct Lambda {
  ServiceContext context;
  Functions& functions;
  Ports ports;
  std::unique_ptr<AsyncInvocations> async;

  Lambda(ServiceContext context, Functions& functions, Ports ports);
  ~Lambda();

  Millis now() const { return context.clock.now_ms(); }
  /// How long a function stays Pending or InProgress.
  Millis change_takes_ms() const { return context.aws_delays ? kChangeTakesMs : 0; }

  /// Runs a change of one function's documents on the writer thread; afterwards what was remembered of the function
  /// is forgotten.
  template <class Change>
  auto change_function(const FunctionRef& ref, Change&& change) -> std::invoke_result_t<Change, storage::Txn&> {
    return context.store.transact([&](storage::Txn& txn) {
      txn.after_commit([this, ref] { functions.changed(ref); });
      return change(txn);
    });
  }

  // unverified: AWS takes one to a few seconds for a small zip.
  static constexpr Millis kChangeTakesMs = 2000;

 private:
  std::weak_ptr<Background> background_;
};

/// The access declaration of an operation on one function: `action` on its ARN (with the qualifier if one is given),
/// with the function's resource policy.
std::function<Result<protocol::AccessNeeds>(const protocol::Call&)> on_function(Lambda& lambda, std::string action);
/// `action` on "*".
std::function<Result<protocol::AccessNeeds>(const protocol::Call&)> on_everything(std::string action);

/// The page of a list that `Marker` and `MaxItems` (at most `items_max`) ask for; InvalidParameterValueException for a
/// marker of another list. `of` is the ARN of what the list belongs to, if it isn't the account's.
Result<Pager> page_in(const protocol::Call& call, size_t items_max, std::string_view of = {});
/// The whole answer: `items` in ascending order of their positions, as the member `name` ("Functions").
Result<Json> page_of(const char* name, const std::vector<std::pair<std::string, Json>>& items,
                     const protocol::Call& call, size_t items_max, std::string_view of = {});
/// The list operations' own members.
std::vector<protocol::Member> paging_members(int64_t items_max = 10'000);
/// Of a list that belongs to what `whose` names.
protocol::Shape list_shape(protocol::Member whose, int64_t items_max);
std::vector<protocol::RestParameter> paging_parameters(std::vector<protocol::RestParameter> more = {});

}  // namespace millrace::lambda
