#pragma once
// Opening a function's variables that are under a KMS key, when an execution environment starts (variables.h).

#include <map>
#include <string>

#include "emulator/ports/authority.h"
#include "emulator/ports/encryption.h"
#include "emulator/services/lambda/function_name.h"

namespace millrace::lambda {

/// Who opens variables when an environment starts.
struct VariableOpener {
  ports::Encryption* keys = nullptr;
  ports::Authority* authority = nullptr;
};
/// The member of `Environment` in a document that holds them in place of `Variables`, in base64.
inline constexpr const char* kSealedVariables = "Sealed";
/// What KMS binds them to: the function's ARN, without a qualifier.
ports::EncryptionContext variables_context(const FunctionRef& ref);
/// What lies in a configuration in place of the variables; empty where they lie there in clear, or there are none.
std::string sealed_variables(const Json& config);
/// For a new environment of the function, in its execution role's name: KMSAccessDeniedException, KMSDisabledException,
/// KMSInvalidStateException or KMSNotFoundException, 502.
Result<std::map<std::string, std::string>> open_variables(const VariableOpener& opener, const FunctionRef& ref,
                                                          const std::string& role, const std::string& sealed);

}  // namespace millrace::lambda
