#include "emulator/services/sqs/sqs.h"

#include <algorithm>
#include <set>

#include "emulator/base/account.h"

namespace millrace::sqs {

using protocol::AccessNeeds;
using protocol::Call;

AwsError queue_does_not_exist() {
  return {errors::queue_does_not_exist, "The specified queue does not exist."};
}

namespace {
/// The last two parts of the URL's path: account and name. The account may be left out.
std::pair<std::string, std::string> account_and_name(const Call& call) {
  std::string url = text_of(call.input, "QueueUrl");
  size_t slash = url.rfind('/');
  std::string name = slash == std::string::npos ? url : url.substr(slash + 1);
  std::string rest = slash == std::string::npos ? "" : url.substr(0, slash);
  std::string account = rest.substr(rest.rfind('/') == std::string::npos ? 0 : rest.rfind('/') + 1);
  return {is_account_id(account) ? account : call.caller.account, name};
}
}  // namespace

Result<Queue> named_queue(const storage::Reader& reader, const Call& call) {
  if (text_of(call.input, "QueueUrl").empty())
    return AwsError(errors::missing_parameter, "The request must contain the parameter QueueUrl.");
  auto [account, name] = account_and_name(call);
  auto queue = find_queue(reader, account, call.caller.region, name);
  if (!queue) return queue_does_not_exist();
  return std::move(*queue);
}

std::string queue_url(const Call& call, const Queue& queue) {
  return "http://" + std::string(call.http.headers.get("host")) + "/" + queue.account + "/" + queue.name;
}

std::function<Result<AccessNeeds>(const Call&)> queue_access(Sqs& sqs, std::string action) {
  return [&sqs, action = "sqs:" + action](const Call& call) -> Result<AccessNeeds> {
    auto [account, name] = account_and_name(call);
    if (name.empty()) name = text_of(call.input, "QueueName");
    AccessNeeds needs{{action, "arn:aws:sqs:" + call.caller.region + ":" + account + ":" + name}};
    if (auto queue = find_queue(sqs.context.store, account, call.caller.region, name)) {
      needs[0].resource_policy = text_of(queue->attributes, "Policy");
      needs[0].resource_account = queue->account;
    }
    return needs;
  };
}

void wake_after_commit(storage::Txn& txn, Sqs& sqs, const Queue& queue, Millis visible_at) {
  txn.after_commit([&sqs, id = queue.id, visible_at] { sqs.waiters.notify(id, visible_at); });
}

int64_t number_of(const Json& input, const char* member, int64_t fallback) {
  const Json* value = find(input, member);
  if (!value) return fallback;
  if (value->is_string()) return std::strtoll(value->get<std::string>().c_str(), nullptr, 10);
  return value->is_number() ? value->get<int64_t>() : fallback;
}

Result<void> check_batch(const Json& entries, const char* entry) {
  constexpr size_t kEntriesMax = 10, kIdLengthMax = 80;
  if (entries.empty())
    return AwsError(errors::empty_batch, std::string("There should be at least one ") + entry + " in the request.");
  if (entries.size() > kEntriesMax)
    return AwsError(errors::too_many_entries, "Maximum number of entries per request are 10. You have sent " +
                                                  std::to_string(entries.size()) + ".");
  std::set<std::string> ids;
  for (const Json& one : entries) {
    std::string id = text_of(one, "Id");
    bool good = !id.empty() && id.size() <= kIdLengthMax && std::all_of(id.begin(), id.end(), [](unsigned char c) {
      return c < 128 && (std::isalnum(c) || c == '-' || c == '_');
    });
    if (!good)
      return AwsError(errors::invalid_batch_id,
                      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be "
                      "at most 80 letters long.");
    if (!ids.insert(id).second) return AwsError(errors::ids_not_distinct, "Id " + id + " repeated.");
  }
  return {};
}

}  // namespace millrace::sqs
