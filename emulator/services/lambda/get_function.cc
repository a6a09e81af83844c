#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/function_code.h"
#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/variables.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

const Shape& input_shape() {
  static const Shape input = structure({qualifier_member(), function_name_member()});
  return input;
}

struct Found {
  FunctionRef ref;
  Json document;
};

Result<Found> find_function(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, function_of(call));
  TRY(Json document, load_qualified(lambda.context.store, ref, lambda.now()));
  return Found{std::move(ref), std::move(document)};
}

}  // namespace

Operation get_function(Lambda& lambda) {
  return {.name = "GetFunction",
          .input = &input_shape(),
          .rest = {{"GET", "/2015-03-31/functions/{FunctionName}", 200, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:GetFunction"),
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            TRY(Found found, find_function(lambda, call));
            Json out = {
                {"Configuration", shown_configuration(lambda, call, found.document, found.ref, {found.ref.qualifier})},
                {"Code", {{"RepositoryType", "S3"}, {"Location", code_location(lambda, found.document["code"])}}}};
            if (auto key = optional_text(found.document["code"], "source_kms_key"))
              out["Code"]["SourceKMSKeyArn"] = *key;
            auto function = load_function(lambda.context.store, found.ref, lambda.now());
            if (function.has_error()) return out;
            const Json* tags = find(*function, "tags");
            if (tags && !tags->empty()) out["Tags"] = *tags;
            if (auto reserved = optional_int(*function, "reserved"))
              out["Concurrency"] = Json{{"ReservedConcurrentExecutions", *reserved}};
            return out;
          })};
}

Operation get_function_configuration(Lambda& lambda) {
  return {.name = "GetFunctionConfiguration",
          .input = &input_shape(),
          .rest = {{"GET", "/2015-03-31/functions/{FunctionName}/configuration", 200, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:GetFunctionConfiguration"),
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            TRY(Found found, find_function(lambda, call));
            return shown_configuration(lambda, call, found.document, found.ref, {found.ref.qualifier});
          })};
}

}  // namespace millrace::lambda
