#pragma once
// What the Parameter Store's operations share.

#include <functional>
#include <string>
#include <vector>

#include "emulator/base/epoch_seconds.h"
#include "emulator/ports/encryption.h"
#include "emulator/ports/secrets.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/service_context.h"
#include "emulator/services/ssm/errors.h"
#include "emulator/services/ssm/parameters.h"
#include "emulator/services/ssm/service.h"

namespace millrace::ssm {

struct Ssm {
  ServiceContext context;
  std::shared_ptr<ports::Encryption> keys;
  std::shared_ptr<ports::Secrets> secrets;

  Millis now() const { return context.clock.now_ms(); }
  /// Ends the parameter when its Expiration policy says.
  void expire_later(const Place& place, const Parameter& parameter);
};

inline constexpr const char* kOwnKey = "alias/aws/ssm";
inline constexpr const char* kSecretReference = "/aws/reference/secretsmanager/";

Place place_of(const protocol::Call& call);
AwsError not_found();

/// What a SecureString is bound to.
ports::EncryptionContext encryption_context(const Place& place, const std::string& name);
/// `kms:<action>` on the key of a SecureString, for the caller; nothing to ask for AWS's own key. InvalidKeyId.
Result<protocol::AccessNeeds> key_needs(const Ssm& ssm, const protocol::Call& call, const std::string& action,
                                        const std::string& key, const std::string& name);
/// A KMS error as Systems Manager gives it.
AwsError key_error(const Ssm& ssm, const AwsError& error);

/// A need on a parameter, with its tags for conditions.
protocol::AccessNeed parameter_need(const Ssm& ssm, const protocol::Call& call, const std::string& action,
                                    const std::string& name);
/// The same for the parameter that `member` names.
std::function<Result<protocol::AccessNeeds>(const protocol::Call&)> parameter_access(Ssm& ssm, std::string action,
                                                                                     std::string member = "Name");

/// [{PolicyText, PolicyType, PolicyStatus}] of a version's policies.
Json shown_policies(const Version& version, Millis now);
/// Checks and reads PutParameter's Policies into `policies` and `expires_ms`.
Result<void> read_policies(const std::string& text, Parameter& into);

/// ParameterFilters, checked for the operation ("DescribeParameters", "GetParametersByPath").
Result<void> check_filters(const Json& filters, bool by_path);
bool passes(const Parameter& parameter, const Json& filters);

protocol::Shape filters_shape();
protocol::Shape tags_shape();
Result<Json> merged_tags(Json tags, const Json& list);

using Operations = std::vector<protocol::Operation>;
protocol::Operation put_parameter_operation(Ssm& ssm);  // put_parameter.cc
Operations reading_operations(Ssm& ssm);                // get_parameters.cc
protocol::Operation get_parameters_by_path(Ssm& ssm);   // get_parameters_by_path.cc
protocol::Operation get_parameter_history(Ssm& ssm);    // get_parameter_history.cc
protocol::Operation describe_parameters(Ssm& ssm);      // describe_parameters.cc
Operations deleting_operations(Ssm& ssm);               // delete_parameters.cc
Operations label_operations(Ssm& ssm);                  // labels.cc
Operations tag_operations(Ssm& ssm);                    // tags.cc

/// A version as GetParameter shows it, its value deciphered if that is asked for.
Result<Json> shown_value(const Ssm& ssm, const Place& place, const Version& version, bool with_decryption);
/// The needs of reading these versions' values.
Result<protocol::AccessNeeds> decryption_needs(const Ssm& ssm, const protocol::Call& call,
                                               const std::vector<Version>& versions);

}  // namespace millrace::ssm
