// PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy: a function's whole policy at once; the same document that
// AddPermission adds to.

#include "emulator/access/policy.h"
#include "emulator/base/arn.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/policy.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr int64_t kPolicyMax = 20'480;  // [AWS quota]

Result<FunctionRef> target_of(const Call& call) {
  std::string text = text_of(call.input, "ResourceArn");
  auto arn = Arn::parse(text);
  if (!arn || arn->service != "lambda" || !arn->resource.starts_with("function:"))
    return errors::invalid("The resource ARN " + text + " is invalid.");  // unverified: the words
  TRY(FunctionRef ref, function_of(call, text, ""));
  if (ref.qualifier == kLatest) return errors::invalid("We currently do not support adding policies for $LATEST.");
  return ref;
}

Result<void> check_revision(const Json& policy, const Json& input) {
  auto revision = optional_text(input, "RevisionId");
  if (revision && *revision != text_of(policy, "revision")) return errors::stale_revision("GetResourcePolicy");
  return {};
}

/// The text as a holder of statements: what stands beside them is kept for showing it as it came.
Result<Json> holder_of(const std::string& text) {
  auto checked = access::parse_policy(text, access::DocumentKind::resource);
  if (checked.has_error())  // unverified: Lambda's code for it
    return errors::invalid("The policy is invalid: " + checked.error().message);
  auto document = parse_json(text);
  Json holder = {{"head", Json::object()}, {"statements", Json::array()}};
  for (const auto& [name, value] : document->items()) {
    if (name != "Statement")
      holder["head"][name] = value;
    else if (value.is_array())
      holder["statements"] = value;
    else
      holder["statements"].push_back(value);
  }
  return holder;
}

Json shown(const Json& policy) {
  return Json{{"Policy", policy_text(policy)}, {"RevisionId", text_of(policy, "revision")}};
}

AwsError no_policy() {
  return errors::not_found("No policy is associated with the given resource.");
}

Result<Json> put(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, target_of(call));
  TRY(Json policy, holder_of(text_of(call.input, "Policy")));
  return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    if (load_qualified(txn, ref, lambda.now()).has_error()) return qualified_not_found(txn, ref);
    TRY_VOID(check_revision(storage::get_document(txn, policy_key(ref)).value_or(Json::object()), call.input));
    policy["revision"] = lambda.context.random.uuid();
    storage::put_document(txn, policy_key(ref), policy);
    touch_function(lambda, txn, ref);
    return shown(policy);
  });
}

Result<Json> get(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, target_of(call));
  auto policy = storage::get_document(lambda.context.store, policy_key(ref));
  if (!policy) return no_policy();
  return shown(*policy);
}

Result<Json> remove(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, target_of(call));
  return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    auto policy = storage::get_document(txn, policy_key(ref));
    if (!policy) return no_policy();
    TRY_VOID(check_revision(*policy, call.input));
    txn.erase(storage::Family::meta, policy_key(ref));
    touch_function(lambda, txn, ref);
    return Json();
  });
}

std::function<Result<AccessNeeds>(const Call&)> on_resource(Lambda& lambda, std::string action) {
  return [&lambda, action = std::move(action)](const Call& call) -> Result<AccessNeeds> {
    FunctionRef ref = parse_function_name(text_of(call.input, "ResourceArn"), call.caller.account, call.caller.region);
    AccessNeed need{action, ref.qualified_arn()};
    need.resource_policy = policy_text(lambda.context.store, ref);
    if (ref.account != call.caller.account) need.resource_account = ref.account;
    return AccessNeeds{std::move(need)};
  };
}

constexpr const char* kPath = "/2024-09-16/resource-policy/{ResourceArn}";

}  // namespace

Operation put_resource_policy(Lambda& lambda) {
  static const Shape input =
      structure({required("ResourceArn", string().length(1, 256)), required("Policy", string().length(1, kPolicyMax)),
                 optional("RevisionId", string())});
  return {.name = "PutResourcePolicy",
          .input = &input,
          .rest = {{"PUT", kPath}},
          .access = on_resource(lambda, "lambda:PutResourcePolicy"),
          .handle = JsonHandler([&lambda](Call& call) { return put(lambda, call); })};
}

Operation get_resource_policy(Lambda& lambda) {
  static const Shape input = structure({required("ResourceArn", string().length(1, 256))});
  return {.name = "GetResourcePolicy",
          .input = &input,
          .rest = {{"GET", kPath}},
          .access = on_resource(lambda, "lambda:GetResourcePolicy"),
          .handle = JsonHandler([&lambda](Call& call) { return get(lambda, call); })};
}

Operation delete_resource_policy(Lambda& lambda) {
  static const Shape input =
      structure({required("ResourceArn", string().length(1, 256)), optional("RevisionId", string())});
  return {.name = "DeleteResourcePolicy",
          .input = &input,
          .rest = {{"DELETE", kPath, 204, {{"RevisionId", "RevisionId"}}}},
          .access = on_resource(lambda, "lambda:DeleteResourcePolicy"),
          .handle = JsonHandler([&lambda](Call& call) { return remove(lambda, call); })};
}

}  // namespace millrace::lambda
