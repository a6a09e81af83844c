// AddPermission, GetPolicy, RemovePermission.

#include "emulator/services/lambda/policy.h"

#include "emulator/base/arn.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"

namespace millrace::lambda {

using namespace protocol;

std::string policy_text(const Json& holder) {
  const Json* statements = find(holder, "statements");
  if (!statements || statements->empty()) return "";
  Json out = holder.value("head", Json{{"Version", "2012-10-17"}, {"Id", "default"}});
  out["Statement"] = *statements;
  return to_text(out);
}

std::string policy_key(const FunctionRef& ref) {
  return part_key(ref, "policy", ref.qualifier == kLatest ? "" : ref.qualifier);
}

void touch_function(Lambda& lambda, storage::Txn& txn, const FunctionRef& ref) {
  auto function = storage::get_document(txn, function_key(ref));
  if (!function) return;
  settle(*function, lambda.now());
  touch(*function, lambda.context.random);
  storage::put_document(txn, function_key(ref), *function);
}

std::string policy_text(const storage::Reader& reader, const FunctionRef& ref) {
  auto document = storage::get_document(reader, policy_key(ref));
  return document ? policy_text(*document) : "";
}

Result<Json> principal_element(const std::string& principal) {
  static const std::string kDigits = "0123456789";
  if (principal == "*") return Json("*");
  if (principal.size() == 12 && principal.find_first_not_of(kDigits) == std::string::npos)
    return Json{{"AWS", "arn:aws:iam::" + principal + ":root"}};
  if (auto arn = Arn::parse(principal); arn && (arn->service == "iam" || arn->service == "sts"))
    return Json{{"AWS", principal}};
  if (principal.ends_with(".amazonaws.com") || principal.ends_with(".amazon.com")) return Json{{"Service", principal}};
  return errors::invalid("The provided principal was invalid. Please check the principal and try again.");
}

bool has_statement(const Json& holder, const std::string& sid) {
  const Json* statements = find(holder, "statements");
  if (!statements) return false;
  for (const Json& statement : *statements) {
    if (text_of(statement, "Sid") == sid) return true;
  }
  return false;
}

namespace {

Json conditions_of(const Json& input) {
  Json out = Json::object();
  auto equals = [&](const char* member, const char* key) {
    if (auto value = optional_text(input, member)) out["StringEquals"][key] = *value;
  };
  equals("FunctionUrlAuthType", "lambda:FunctionUrlAuthType");
  equals("PrincipalOrgID", "aws:PrincipalOrgID");
  equals("EventSourceToken", "lambda:EventSourceToken");
  equals("SourceAccount", "AWS:SourceAccount");
  if (find(input, "InvokedViaFunctionUrl"))
    out["Bool"]["lambda:InvokedViaFunctionUrl"] = bool_of(input, "InvokedViaFunctionUrl") ? "true" : "false";
  if (auto source = optional_text(input, "SourceArn")) out["ArnLike"]["AWS:SourceArn"] = *source;
  return out;
}

Result<Json> statement_of(const FunctionRef& ref, const Json& input) {
  Json statement = {{"Sid", text_of(input, "StatementId")}, {"Effect", "Allow"}};
  TRY(statement["Principal"], principal_element(text_of(input, "Principal")));
  statement["Action"] = text_of(input, "Action");
  statement["Resource"] = ref.qualified_arn();
  Json conditions = conditions_of(input);
  if (!conditions.empty()) statement["Condition"] = std::move(conditions);
  return statement;
}

/// The revision that a change of the policy may name: the policy's, or while there is none its holder's, which is a
/// function, a version or an alias.
std::string policy_revision(const storage::Reader& reader, const FunctionRef& ref, const Json& policy, Millis now) {
  std::string revision = text_of(policy, "revision");
  if (!revision.empty()) return revision;
  if (auto alias = load_alias(reader, ref, ref.qualifier)) return alias->revision_id;
  auto holder = load_qualified(reader, ref, now);
  return holder.has_value() ? text_of(*holder, "revision") : "";
}

Result<void> check_revision(const std::string& current, const Json& input) {
  auto revision = optional_text(input, "RevisionId");
  if (revision && *revision != current) return errors::stale_revision("GetPolicy");
  return {};
}

Result<FunctionRef> policy_target(const Call& call) {
  TRY(FunctionRef ref, function_of(call));
  if (ref.qualifier == kLatest) return errors::invalid("We currently do not support adding policies for $LATEST.");
  return ref;
}

Result<Json> add(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, policy_target(call));
  const Json& input = call.input;
  if (find(input, "FunctionUrlAuthType") && text_of(input, "Action") != "lambda:InvokeFunctionUrl")
    return errors::invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action");
  TRY(Json statement, statement_of(ref, input));
  return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    if (load_qualified(txn, ref, lambda.now()).has_error()) return qualified_not_found(txn, ref);
    Json policy = storage::get_document(txn, policy_key(ref)).value_or(Json{{"statements", Json::array()}});
    TRY_VOID(check_revision(policy_revision(txn, ref, policy, lambda.now()), input));
    std::string sid = text_of(input, "StatementId");
    if (has_statement(policy, sid))
      return errors::conflict(
          "The statement id (" + sid +
          ") provided already exists. Please provide a new statement id, or remove the existing statement.");
    policy["statements"].push_back(statement);
    policy["revision"] = lambda.context.random.uuid();
    storage::put_document(txn, policy_key(ref), policy);
    touch_function(lambda, txn, ref);
    return Json{{"Statement", to_text(statement)}};
  });
}

Result<Json> get(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, function_of(call));
  auto policy = storage::get_document(lambda.context.store, policy_key(ref));
  if (!policy) return errors::no_such_resource();
  return Json{{"Policy", policy_text(*policy)}, {"RevisionId", text_of(*policy, "revision")}};
}

Result<Json> remove(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, function_of(call));
  std::string sid = text_of(call.input, "StatementId");
  return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    if (load_qualified(txn, ref, lambda.now()).has_error()) {
      bool function = storage::get_document(txn, function_key(ref)).has_value();
      return function ? qualified_not_found(txn, ref)
                      : errors::not_found("No policy found for: " + ref.qualified_arn());
    }
    auto policy = storage::get_document(txn, policy_key(ref));
    if (!policy) return errors::not_found("No policy is associated with the given resource.");
    TRY_VOID(check_revision(text_of(*policy, "revision"), call.input));
    if (!has_statement(*policy, sid))
      return errors::not_found("Statement " + sid + " is not found in resource policy.");
    Json kept = Json::array();
    for (const Json& statement : (*policy)["statements"]) {
      if (text_of(statement, "Sid") != sid) kept.push_back(statement);
    }
    (*policy)["revision"] = lambda.context.random.uuid();
    if (kept.empty()) {
      txn.erase(storage::Family::meta, policy_key(ref));
    } else {
      (*policy)["statements"] = std::move(kept);
      storage::put_document(txn, policy_key(ref), *policy);
    }
    touch_function(lambda, txn, ref);
    return Json();
  });
}

Shape statement_id() {
  return string().length(1, 100).pattern("([a-zA-Z0-9-_]+)");
}

}  // namespace

Operation add_permission(Lambda& lambda) {
  static const Shape input = structure(
      {qualifier_member(), function_name_member(), required("StatementId", statement_id()),
       required("Action", string().pattern(R"((lambda:[*]|lambda:[a-zA-Z]+|[*]))")),
       required("Principal", string().pattern(R"([^\s]+)")),
       optional(
           "SourceArn",
           string().pattern(
               R"(arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*))")),
       optional("SourceAccount", string().length(-1, 12).pattern(R"(\d{12})")),
       optional("EventSourceToken", string().length(0, 256).pattern(R"([a-zA-Z0-9._\-]+)")),
       optional("FunctionUrlAuthType", string().one_of({"NONE", "AWS_IAM"})),
       optional("PrincipalOrgID", string().length(12, 34).pattern("o-[a-z0-9]{10,32}")),
       optional("RevisionId", string()), optional("InvokedViaFunctionUrl", boolean())});
  return {.name = "AddPermission",
          .input = &input,
          .rest = {{"POST", "/2015-03-31/functions/{FunctionName}/policy", 201, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:AddPermission"),
          .handle = JsonHandler([&lambda](Call& call) { return add(lambda, call); })};
}

Operation get_policy(Lambda& lambda) {
  static const Shape input = structure({qualifier_member(), function_name_member()});
  return {.name = "GetPolicy",
          .input = &input,
          .rest = {{"GET", "/2015-03-31/functions/{FunctionName}/policy", 200, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:GetPolicy"),
          .handle = JsonHandler([&lambda](Call& call) { return get(lambda, call); })};
}

Operation remove_permission(Lambda& lambda) {
  static const Shape input = structure({qualifier_member(), function_name_member(),
                                        required("StatementId", statement_id()), optional("RevisionId", string())});
  return {.name = "RemovePermission",
          .input = &input,
          .rest = {{"DELETE",
                    "/2015-03-31/functions/{FunctionName}/policy/{StatementId}",
                    204,
                    {{"Qualifier", "Qualifier"}, {"RevisionId", "RevisionId"}}}},
          .access = on_function(lambda, "lambda:RemovePermission"),
          .handle = JsonHandler([&lambda](Call& call) { return remove(lambda, call); })};
}

}  // namespace millrace::lambda
