#pragma once
// Temporary credentials and what an access key stands for. STS asks; implemented by emulator/services/iam,
// which keeps the sessions and evaluates the trust policies.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/ports/authority.h"

namespace millrace::ports {

/// Who asks: as the request's credentials say.
struct SessionCaller {
  std::string account;
  std::string access_key_id;
  std::string principal_arn;
  std::string user_id;
};

struct SessionRequest {
  std::string role_arn;                  // AssumeRole and its kin
  std::string session_name;              // of the role's session, or the federated user's name
  int64_t duration_s = 0;                // 0: the operation's default
  std::vector<std::string> policies;     // inline session policies
  std::vector<std::string> policy_arns;  // managed session policies
  std::vector<std::pair<std::string, std::string>> tags;
  std::vector<std::string> transitive_tag_keys;
  std::string external_id;
  std::string source_identity;
  std::string function_arn;  // lambda:SourceFunctionArn of what the session signs; empty: no function's session
  RequestContext context;    // aws:SourceIp and its like, as the request brings them
};

struct Session {
  Credentials credentials;
  std::string principal_id;   // "AROA...:session", "account:name"
  std::string principal_arn;  // assumed-role or federated-user ARN
  std::string source_identity;
  int packed_policy_percent = -1;  // -1: neither policies nor tags were given
};

/// What a web identity token says.
struct WebIdentity {
  std::string issuer;  // "https://token.actions.githubusercontent.com"
  std::string subject;
  std::string audience;
  std::vector<std::string> authentication_methods;
};

/// What a SAML assertion says, and through which provider it came.
struct SamlIdentity {
  std::string provider_arn;
  std::string issuer;
  std::string subject;
  std::string subject_type;  // "persistent", "transient", or a whole format URI's last part
  std::string audience;      // the confirmation's recipient
};

class Sessions {
 public:
  virtual ~Sessions() = default;
  /// Errors: AccessDenied, ValidationError, MalformedPolicyDocument, PackedPolicyTooLarge as STS words them.
  virtual Result<Session> assume_role(const SessionCaller& caller, const SessionRequest& request) = 0;
  virtual Result<Session> assume_role_with_web_identity(const WebIdentity& identity, const SessionRequest& request) = 0;
  virtual Result<Session> assume_role_with_saml(const SamlIdentity& identity, const SessionRequest& request) = 0;
  virtual Result<Session> session_token(const SessionCaller& caller, const SessionRequest& request) = 0;
  virtual Result<Session> federation_token(const SessionCaller& caller, const SessionRequest& request) = 0;
  /// The account that an access key belongs to; nullopt for a key that was never issued here.
  virtual std::optional<std::string> account_of_key(const std::string& access_key_id) = 0;
  /// The JSON behind an encoded authorization message, or nullopt if it isn't one of ours.
  virtual std::optional<std::string> decode_authorization_message(const std::string& encoded) = 0;
};

}  // namespace millrace::ports
