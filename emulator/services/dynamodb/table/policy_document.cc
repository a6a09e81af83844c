// What AWS finds wrong in a resource policy's text when it is attached to a table or a stream.

#include <set>

#include "emulator/access/policy.h"
#include "emulator/services/dynamodb/table/table_rules.h"
#include "emulator/services/dynamodb/table/table_service.h"

namespace millrace::dynamodb {

namespace {

constexpr size_t kPolicyBytesMax = 20'480;

const std::set<std::string, std::less<>> kStreamActions = {"dynamodb:DescribeStream", "dynamodb:GetRecords",
                                                           "dynamodb:GetShardIterator"};
/// Actions that have no table to be attached to, and PartiQL's operations, which are allowed as PartiQLSelect
/// and so on.
const std::set<std::string, std::less<>> kForeignToTables = {
    "dynamodb:DescribeStream",   "dynamodb:GetRecords",         "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",      "dynamodb:ListTables",         "dynamodb:RestoreTableFromBackup",
    "dynamodb:ExecuteStatement", "dynamodb:ExecuteTransaction", "dynamodb:BatchExecuteStatement",
    "dynamodb:DescribeLimits",   "dynamodb:ListBackups"};

AwsError invalid_document(const std::string& text) {
  return invalid_values("Invalid policy document: " + text);
}

std::vector<std::string> texts_of(const Json* value) {
  if (!value) return {};
  if (value->is_string()) return {value->get<std::string>()};
  std::vector<std::string> out;
  if (value->is_array()) {
    for (const Json& element : *value) {
      if (element.is_string()) out.push_back(element.get<std::string>());
    }
  }
  return out;
}

Result<void> check_actions(const Json& statement, bool of_stream) {
  std::string invalid;
  for (const std::string& action : texts_of(find(statement, "Action"))) {
    if (action.find_first_of("*?") != std::string::npos) continue;
    bool known = action.starts_with("dynamodb:") &&
                 (of_stream ? kStreamActions.contains(action) : !kForeignToTables.contains(action));
    if (!known) invalid += (invalid.empty() ? "\"" : ", \"") + action + "\"";
  }
  if (invalid.empty()) return {};
  return invalid_document("The following action names are invalid: " + invalid);
}

Result<void> check_statements(const Json& document, bool of_stream) {
  const Json* statements = find(document, "Statement");
  // unverified: the position is that of `{}`; AWS's parser gives others for other documents
  if (!statements) return invalid_document("Syntax error at position (1,3)");
  if (statements->is_array() && statements->empty())
    return invalid_document("Could not parse the policy: Statement is empty!");
  Json list = statements->is_array() ? *statements : Json::array({*statements});
  std::set<std::string> ids;
  for (const Json& statement : list) {
    for (const char* required : {"Effect", "Principal", "Action", "Resource"}) {
      if (!find(statement, required) && !find(statement, std::string("Not") + required))
        return invalid_document(std::string("Missing required field ") + required);
    }
    if (auto id = optional_text(statement, "Sid"); id && !ids.insert(*id).second)
      return invalid_document("The Statement Ids in the policy are not unique");
    TRY_VOID(check_actions(statement, of_stream));
  }
  return {};
}

}  // namespace

Result<std::string> read_policy_document(const std::string& text, bool of_stream) {
  if (text.size() > kPolicyBytesMax) return invalid_values("Maximum policy size of 20480 bytes exceeded");
  auto document = parse_json(text);
  if (document && document->is_null()) return invalid_document("This text appears not to be a policy");
  if (!document || !document->is_object()) return invalid_document("This policy contains invalid Json");
  TRY_VOID(check_statements(*document, of_stream));
  auto parsed = access::parse_policy(text, access::DocumentKind::resource);
  if (parsed.has_error()) return invalid_document(parsed.error().message);
  return to_text(*document);
}

}  // namespace millrace::dynamodb
