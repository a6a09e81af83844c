#include "emulator/services/lambda/variables.h"

#include "emulator/base/encoding.h"
#include "emulator/encryption/key_use.h"
#include "emulator/services/lambda/errors.h"

namespace millrace::lambda {

namespace {

encryption::KeyUser user_of(const Lambda& lambda) {
  return {lambda.ports.keys, lambda.ports.identity, "lambda"};
}

std::string said_by_kms(const AwsError& error) {
  return std::string("KMS Exception: ") + error.kind->code + " KMS Message: " + error.message;
}

/// unverified: the words of what isn't a wrong ARN.
AwsError refused(const AwsError& error) {
  if (error.is(encryption::kAccessDenied))
    return {errors::access_denied,
            "Lambda was unable to encrypt your environment variables because the KMS access was denied. Please check "
            "your KMS permissions. " +
                said_by_kms(error)};
  return errors::invalid(
      "Lambda was unable to configure access to your environment variables because the KMS key is invalid for "
      "CreateGrant. Please check your KMS key settings. " +
      said_by_kms(error));
}

/// The variables for a caller who may decrypt them. KMS's errors.
Result<Json> open_for(const Lambda& lambda, const protocol::Call& call, const FunctionRef& ref,
                      const std::string& sealed) {
  const encryption::KeyOf key{ref.account, ref.region, lambda.ports.keys->key_of(ref.region, sealed),
                              variables_context(ref)};
  TRY_VOID(encryption::use_key(user_of(lambda), key, call, {"Decrypt"}));
  TRY(ports::Deciphered opened, lambda.ports.keys->decrypt(ref.region, sealed, key.context));
  return parse_json(opened.plaintext).value_or(Json::object());
}

}  // namespace

Result<void> seal_variables(const Lambda& lambda, const protocol::Call& call, const FunctionRef& ref, Json& document) {
  ports::Encryption* keys = lambda.ports.keys;
  Json& config = document["config"];
  if (!keys || !config.contains("Environment")) return {};
  if (const std::string sealed = sealed_variables(config); !sealed.empty()) {
    if (!find(call.input, "KMSKeyArn")) return {};
    auto opened = open_for(lambda, call, ref, sealed);
    if (opened.has_error()) return refused(opened.error());
    config["Environment"] = Json{{"Variables", std::move(*opened)}};
  }
  const Json variables = config["Environment"].value("Variables", Json::object());
  if (variables.empty()) return {};
  const encryption::KeyOf key{ref.account, ref.region, text_of(config, "KMSKeyArn"), variables_context(ref)};
  auto used = encryption::use_key(user_of(lambda), key, call, {"Encrypt", "CreateGrant"});
  if (used.has_error()) return refused(used.error());
  if (!*used) return {};
  auto sealed = keys->encrypt((*used)->arn, to_text(variables), key.context);
  if (sealed.has_error()) return refused(sealed.error());
  const ports::ServiceGrant grant{text_of(config, "Role"), ref.account, {"Decrypt", "RetireGrant"}, key.context};
  if (auto granted = keys->grant((*used)->arn, grant); granted.has_error()) return refused(granted.error());
  config["Environment"] = Json{{kSealedVariables, to_base64(*sealed)}};
  return {};
}

Json shown_configuration(const Lambda& lambda, const protocol::Call& call, const Json& document, const FunctionRef& ref,
                         const View& view) {
  Json out = configuration_view(document, ref, view);
  const std::string sealed = sealed_variables(out);
  if (sealed.empty() || !lambda.ports.keys) return out;
  auto opened = open_for(lambda, call, ref, sealed);
  if (!opened.has_error())
    out["Environment"] = Json{{"Variables", std::move(*opened)}};
  else  // unverified: the words where it isn't a policy that refuses
    out["Environment"] = Json{
        {"Error",
         {{"ErrorCode", opened.error().kind->code},
          {"Message",
           "Lambda was unable to decrypt your environment variables because the KMS access was denied. Please check "
           "your KMS permissions. " +
               said_by_kms(opened.error())}}}};
  return out;
}

}  // namespace millrace::lambda
