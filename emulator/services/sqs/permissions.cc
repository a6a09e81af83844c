// AddPermission and RemovePermission: statements of the queue's policy, named by their Sid.

#include <algorithm>

#include "emulator/access/statements.h"
#include "emulator/base/account.h"
#include "emulator/services/sqs/sqs.h"

namespace millrace::sqs {

using namespace protocol;

namespace {

constexpr size_t kActionsMax = 7;  // of one statement, by the API's documentation
constexpr const char* kActions[] = {
    "*",          "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes",
    "GetQueueUrl"};

/// What a queue's owner can't let others do.
constexpr const char* kOwnersActions[] = {"AddPermission", "CancelMessageMoveTask", "CreateQueue",
                                          "DeleteQueue",   "ListMessageMoveTasks",  "ListQueueTags",
                                          "ListQueues",    "RemovePermission",      "SetQueueAttributes",
                                          "TagQueue",      "StartMessageMoveTask",  "UntagQueue"};

AwsError bad_value(const std::string& value, const std::string& parameter, const std::string& reason) {
  return {errors::invalid_value, "Value " + value + " for parameter " + parameter + " is invalid. Reason: " + reason};
}

Result<void> check_label(const std::string& label) {
  constexpr const char* allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  if (label.empty()) return AwsError(errors::missing_parameter, "The request must contain the parameter Label.");
  if (label.size() > 80 || label.find_first_not_of(allowed) != std::string::npos)
    return bad_value(label, "Label",
                     "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.");
  return {};
}

/// The policy's document; without one, an empty policy as AddPermission begins it.
Json policy_of(const Queue& queue) {
  auto policy = parse_json(text_of(queue.attributes, "Policy"));
  if (policy && policy->is_object()) return std::move(*policy);
  return {{"Version", "2012-10-17"}, {"Id", queue.arn() + "/SQSDefaultPolicy"}, {"Statement", Json::array()}};
}

Result<Json> new_statement(const Queue& queue, const Json& input) {
  const Json actions = input.value("Actions", Json::array()), accounts = input.value("AWSAccountIds", Json::array());
  if (accounts.empty())
    return AwsError(errors::missing_parameter, "The request must contain the parameter AWSAccountIds.");
  if (actions.empty()) return AwsError(errors::missing_parameter, "The request must contain the parameter Actions.");
  if (actions.size() > kActionsMax)
    return bad_value(std::to_string(actions.size()), "ActionName", "Limit of the number of actions is 7.");
  Json named = Json::array(), principals = Json::array();
  for (const Json& action : actions) {
    std::string name = action.get<std::string>();
    if (std::find(std::begin(kActions), std::end(kActions), name) == std::end(kActions)) {
      const bool owners =
          std::find(std::begin(kOwnersActions), std::end(kOwnersActions), name) != std::end(kOwnersActions);
      return bad_value("SQS:" + name, "ActionName",
                       owners ? "Only the queue owner is allowed to invoke this action."
                              : "Please refer to the appropriate WSDL for a list of valid actions. ");
    }
    named.push_back("SQS:" + name);
  }
  for (const Json& account : accounts) {
    std::string id = account.get<std::string>();
    if (!is_account_id(id)) return bad_value(to_text(accounts), "PrincipalId", "Unable to verify.");
    principals.push_back("arn:aws:iam::" + id + ":root");
  }
  return Json{{"Sid", text_of(input, "Label")},
              {"Effect", "Allow"},
              {"Principal", {{"AWS", access::one_or_list(principals)}}},
              {"Action", access::one_or_list(named)},
              {"Resource", queue.arn()}};
}

bool has_label(const Json& statement, const std::string& label) {
  return text_of(statement, "Sid") == label;
}

/// Without statements there is no policy.
void put_policy(storage::Txn& txn, Sqs& sqs, Queue& queue, Json policy, Json statements) {
  if (statements.empty()) {
    queue.attributes.erase("Policy");
  } else {
    policy["Statement"] = std::move(statements);
    queue.attributes["Policy"] = to_text(policy);
  }
  queue.modified_ms = sqs.context.clock.now_ms();
  put_queue(txn, queue);
}

}  // namespace

// unverified: AWS's words for bad labels, actions and accounts are remembered, not recorded.
Operation add_permission(Sqs& sqs) {
  static const Shape input =
      structure({required("QueueUrl", string()), required("Label", string()),
                 protocol::optional("AWSAccountIds", list(string())), protocol::optional("Actions", list(string()))});
  auto handle = [&sqs](Call& call) -> Result<Json> {
    std::string label = text_of(call.input, "Label");
    TRY_VOID(check_label(label));
    return sqs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Queue queue, named_queue(txn, call));
      TRY(Json statement, new_statement(queue, call.input));
      Json policy = policy_of(queue), statements = access::statements_of(policy);
      for (const Json& other : statements) {
        if (has_label(other, label)) return bad_value(label, "Label", "Already exists.");
      }
      statements.push_back(std::move(statement));
      put_policy(txn, sqs, queue, std::move(policy), std::move(statements));
      return Json();
    });
  };
  return {.name = "AddPermission",
          .input = &input,
          .access = queue_access(sqs, "AddPermission"),
          .handle = JsonHandler(handle)};
}

Operation remove_permission(Sqs& sqs) {
  static const Shape input = structure({required("QueueUrl", string()), required("Label", string())});
  auto handle = [&sqs](Call& call) -> Result<Json> {
    std::string label = text_of(call.input, "Label");
    TRY_VOID(check_label(label));
    return sqs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Queue queue, named_queue(txn, call));
      Json policy = policy_of(queue), kept = Json::array();
      const Json statements = access::statements_of(policy);
      for (const Json& statement : statements) {
        if (!has_label(statement, label)) kept.push_back(statement);
      }
      if (kept.size() == statements.size()) return bad_value(label, "Label", "can't find label on existing policy.");
      put_policy(txn, sqs, queue, std::move(policy), std::move(kept));
      return Json();
    });
  };
  return {.name = "RemovePermission",
          .input = &input,
          .access = queue_access(sqs, "RemovePermission"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::sqs
