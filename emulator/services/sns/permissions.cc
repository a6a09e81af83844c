// AddPermission and RemovePermission: statements of the topic's policy, named by their Sid.

#include <set>

#include "emulator/access/statements.h"
#include "emulator/base/account.h"
#include "emulator/services/sns/sns.h"

namespace millrace::sns {

using namespace protocol;

namespace {

AwsError invalid(const std::string& what) {
  return {errors::invalid_parameter, "Invalid parameter: " + what};
}

// unverified: AWS's words for bad actions and accounts are remembered, not recorded.
Result<Json> new_statement(const Topic& topic, const Json& input) {
  const Json actions = input.value("ActionName", Json::array()), accounts = input.value("AWSAccountId", Json::array());
  if (actions.empty() || accounts.empty()) return invalid(actions.empty() ? "ActionName" : "AWSAccountId");
  Json named = Json::array(), principals = Json::array();
  static const std::set<std::string> known = {"*",
                                              "AddPermission",
                                              "DeleteTopic",
                                              "GetDataProtectionPolicy",
                                              "GetTopicAttributes",
                                              "Publish",
                                              "ListSubscriptionsByTopic",
                                              "Receive",
                                              "ListTagsForResource",
                                              "PutDataProtectionPolicy",
                                              "Subscribe",
                                              "RemovePermission",
                                              "TagResource",
                                              "SetTopicAttributes",
                                              "UntagResource"};
  for (const Json& action : actions) {
    if (!known.contains(action.get<std::string>())) return invalid("Policy statement action out of service scope!");
    named.push_back("SNS:" + action.get<std::string>());
  }
  for (const Json& account : accounts) {
    std::string id = account.get<std::string>();
    if (!is_account_id(id)) return invalid("Policy statement principal does not match any account");
    principals.push_back("arn:aws:iam::" + id + ":root");
  }
  return Json{{"Sid", text_of(input, "Label")},
              {"Effect", "Allow"},
              {"Principal", {{"AWS", access::one_or_list(principals)}}},
              {"Action", access::one_or_list(named)},
              {"Resource", topic.arn()}};
}

/// The topic's policy with other statements.
void put_statements(storage::Txn& txn, Topic& topic, Json policy, Json statements) {
  policy["Statement"] = std::move(statements);
  topic.attributes["Policy"] = to_text(policy);
  put_topic(txn, topic);
}

Result<Json> policy_document(const Topic& topic) {
  auto policy = parse_json(topic_policy(topic));
  if (!policy || !policy->is_object()) return invalid("Policy Error: null");
  return std::move(*policy);
}

}  // namespace

Operation add_permission(Sns& sns) {
  static const Shape input =
      structure({required("TopicArn", string()), required("Label", string()), optional("AWSAccountId", list(string())),
                 optional("ActionName", list(string()))});
  auto handle = [&sns](Call& call) -> Result<Json> {
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Topic topic, called_topic(txn, call));
      TRY(Json statement, new_statement(topic, call.input));
      TRY(Json policy, policy_document(topic));
      Json statements = access::statements_of(policy);
      for (const Json& other : statements) {
        if (text_of(other, "Sid") == text_of(call.input, "Label")) return invalid("Statement already exists");
      }
      statements.push_back(std::move(statement));
      put_statements(txn, topic, std::move(policy), std::move(statements));
      return Json();
    });
  };
  return {.name = "AddPermission",
          .input = &input,
          .access = topic_access(sns, "AddPermission"),
          .handle = JsonHandler(handle)};
}

/// A label that the policy doesn't have is no error.
Operation remove_permission(Sns& sns) {
  static const Shape input = structure({required("TopicArn", string()), required("Label", string())});
  auto handle = [&sns](Call& call) -> Result<Json> {
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Topic topic, called_topic(txn, call));
      TRY(Json policy, policy_document(topic));
      Json kept = Json::array();
      for (const Json& statement : access::statements_of(policy)) {
        if (text_of(statement, "Sid") != text_of(call.input, "Label")) kept.push_back(statement);
      }
      put_statements(txn, topic, std::move(policy), std::move(kept));
      return Json();
    });
  };
  return {.name = "RemovePermission",
          .input = &input,
          .access = topic_access(sns, "RemovePermission"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::sns
