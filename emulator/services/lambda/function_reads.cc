// Reads of settings that most functions never have; Terraform reads the first for every function.

#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"

namespace millrace::lambda {

using namespace protocol;

Operation get_function_code_signing_config(Lambda& lambda) {
  static const Shape input = structure({function_name_member()});
  return {.name = "GetFunctionCodeSigningConfig",
          .input = &input,
          .rest = {{"GET", "/2020-06-30/functions/{FunctionName}/code-signing-config"}},
          .access = on_function(lambda, "lambda:GetFunctionCodeSigningConfig"),
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            TRY(FunctionRef ref, function_of(call));
            TRY(Json document, load_function(lambda.context.store, ref, lambda.now()));
            Json out = Json::object();
            if (auto config = optional_text(document, "code_signing")) out["CodeSigningConfigArn"] = *config;
            out["FunctionName"] = ref.name;
            return out;
          })};
}

}  // namespace millrace::lambda
