#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/function_settings.h"
#include "emulator/services/lambda/layers.h"
#include "emulator/services/lambda/mappings.h"
#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/update_function.h"
#include "emulator/services/lambda/variables.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

Shape input_shape() {
  std::vector<Member> members = {short_function_name_member()};
  for (Member& member : settings_members(false)) members.push_back(std::move(member));
  members.push_back(optional("RevisionId", string()));
  return structure(std::move(members));
}

Result<Json> handle(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, whole_function_of(call));
  const Json& input = call.input;
  // Checked outside the transaction, because it asks other services; then repeated on what is current.
  TRY(Json trial, load_for_update(lambda, lambda.context.store, ref, input));
  TRY_VOID(apply_settings(lambda, ref, input, trial));
  if (find(input, "Role") || find(input, "DeadLetterConfig")) TRY_VOID(check_role(lambda, ref, trial["config"]));
  TRY_VOID(seal_variables(lambda, call, ref, trial));
  const bool sealed = !sealed_variables(trial["config"]).empty() || find(input, "KMSKeyArn");
  auto updated = lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json document, load_for_update(lambda, txn, ref, input));
    // What was sealed belongs to the document that it was taken from.
    if (sealed && text_of(document, "revision") != text_of(trial, "revision"))
      return errors::update_in_progress(ref.arn());
    TRY_VOID(apply_settings(lambda, ref, input, document));
    if (sealed && find(trial["config"], "Environment"))
      document["config"]["Environment"] = trial["config"]["Environment"];
    begin_change(document, "update", lambda.now(), lambda.change_takes_ms(), lambda.context.random);
    storage::put_document(txn, function_key(ref), document);
    return document;
  });
  if (updated.has_error()) return std::move(updated).error();
  if (find(input, "Role")) refresh_mappings_of(lambda, ref);
  return shown_configuration(lambda, call, *updated, ref, {});
}

}  // namespace

Operation update_function_configuration(Lambda& lambda) {
  static const Shape input = input_shape();
  auto own_need = on_function(lambda, "lambda:UpdateFunctionConfiguration");
  return {.name = "UpdateFunctionConfiguration",
          .input = &input,
          .rest = {{"PUT", "/2015-03-31/functions/{FunctionName}/configuration"}},
          .access = [&lambda, own_need](const Call& call) -> Result<AccessNeeds> {
            TRY(AccessNeeds needs, own_need(call));
            if (auto role = optional_text(call.input, "Role")) add_pass_role_need(*role, call.caller.account, needs);
            TRY_VOID(add_layer_needs(lambda, call, needs));
            return needs;
          },
          .handle = JsonHandler([&lambda](Call& call) { return handle(lambda, call); })};
}

}  // namespace millrace::lambda
