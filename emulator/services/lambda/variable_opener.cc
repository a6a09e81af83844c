#include "emulator/services/lambda/variable_opener.h"

#include "emulator/base/encoding.h"
#include "emulator/encryption/key_use.h"
#include "emulator/services/lambda/errors.h"

namespace millrace::lambda {

namespace {

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
  const ports::EncryptionContext context = variables_context(ref);
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

ports::EncryptionContext variables_context(const FunctionRef& ref) {
  return {{"aws:lambda:FunctionArn", ref.arn()}};
}

std::string sealed_variables(const Json& config) {
  const Json* environment = find(config, "Environment");
  return environment ? from_base64(text_of(*environment, kSealedVariables)).value_or("") : "";
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
