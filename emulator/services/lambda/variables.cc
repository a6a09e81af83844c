#include "emulator/services/lambda/variables.h"

#include "emulator/base/encoding.h"
#include "emulator/encryption/key_use.h"
#include "emulator/services/lambda/errors.h"

namespace millrace::lambda {

namespace {

constexpr const char* kSealed = "Sealed";

ports::EncryptionContext context_of(const FunctionRef& ref) {
  return {{"aws:lambda:FunctionArn", FunctionRef{ref.account, ref.region, ref.name, ""}.arn()}};
}

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
  const encryption::KeyOf key{ref.account, ref.region, lambda.ports.keys->key_of(ref.region, sealed), context_of(ref)};
  TRY_VOID(encryption::use_key(user_of(lambda), key, call, {"Decrypt"}));
  TRY(ports::Deciphered opened, lambda.ports.keys->decrypt(ref.region, sealed, key.context));
  return parse_json(opened.plaintext).value_or(Json::object());
}

/// What Lambda answers when it can't open the variables of a function that is to run. The words of all but the first are
/// unverified.
AwsError cannot_start(const AwsError& error) {
  struct Known {
    const char* code;
    const ErrorKind& kind;
    const char* why;
  };
  static const Known known[] = {
      {"DisabledException", errors::kms_disabled, "the KMS key used is disabled"},
      {"KMSInvalidStateException", errors::kms_invalid_state, "the state of the KMS key used is not valid for Decrypt"},
      {"NotFoundException", errors::kms_not_found, "the KMS key was not found"}};
  auto words = [&](const char* why) {
    return std::string("Lambda was unable to decrypt the environment variables because ") + why +
           ". Please check the function's KMS key settings. KMS Exception: " + error.kind->code +
           "KMS Message: " + error.message;
  };
  for (const Known& one : known) {
    if (std::string_view(one.code) == error.kind->code) return {one.kind, words(one.why)};
  }
  return {errors::kms_access_denied, words("KMS access was denied")};
}

/// As KMS, asked by the function's session.
Result<ports::Deciphered> decrypt_as_role(const VariableOpener& opener, const FunctionRef& ref, const std::string& role,
                                          const std::string& sealed) {
  const std::string key = opener.keys->key_of(ref.region, sealed);
  TRY_VOID(opener.keys->find_key(ref.account, ref.region, key));
  const ports::EncryptionContext context = context_of(ref);
  const std::string action = "kms:Decrypt";
  if (opener.authority && !opener.authority->role_may(
                              role, action, key, ports::key_use_context("lambda", ref.region, ref.account, context)))
    return AwsError(encryption::kAccessDenied,
                    "User: arn:aws:sts::" + ref.account + ":assumed-role/" + role.substr(role.rfind('/') + 1) + "/" +
                        ref.name + " is not authorized to perform: " + action + " on resource: " + key +
                        " because no identity-based policy allows the " + action + " action");
  return opener.keys->decrypt(ref.region, sealed, context);
}

}  // namespace

std::string sealed_variables(const Json& config) {
  const Json* environment = find(config, "Environment");
  return environment ? from_base64(text_of(*environment, kSealed)).value_or("") : "";
}

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
  const encryption::KeyOf key{ref.account, ref.region, text_of(config, "KMSKeyArn"), context_of(ref)};
  auto used = encryption::use_key(user_of(lambda), key, call, {"Encrypt", "CreateGrant"});
  if (used.has_error()) return refused(used.error());
  if (!*used) return {};
  auto sealed = keys->encrypt((*used)->arn, to_text(variables), key.context);
  if (sealed.has_error()) return refused(sealed.error());
  const ports::ServiceGrant grant{text_of(config, "Role"), ref.account, {"Decrypt", "RetireGrant"}, key.context};
  if (auto granted = keys->grant((*used)->arn, grant); granted.has_error()) return refused(granted.error());
  config["Environment"] = Json{{kSealed, to_base64(*sealed)}};
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

Result<std::map<std::string, std::string>> open_variables(const VariableOpener& opener, const FunctionRef& ref,
                                                          const std::string& role, const std::string& sealed) {
  auto opened = decrypt_as_role(opener, ref, role, sealed);
  if (opened.has_error()) return cannot_start(opened.error());
  std::map<std::string, std::string> out;
  const Json variables = parse_json(opened->plaintext).value_or(Json::object());
  for (const auto& [name, value] : variables.items()) out[name] = value.get<std::string>();
  return out;
}

}  // namespace millrace::lambda
