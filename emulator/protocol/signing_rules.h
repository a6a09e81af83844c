#pragma once
// What a signature must be beside right: of now, of its own day, for the service that is asked, and the only one. Pure.
// Source: "Troubleshooting Signature Version 4", AWS General Reference.

#include <optional>
#include <string>

#include "emulator/protocol/service.h"
#include "emulator/protocol/sigv4.h"

namespace millrace::protocol {

enum class SignatureFault { expired, not_yet_current, wrong_date, wrong_service, two_mechanisms };

struct SigningProblem {
  SignatureFault fault;
  std::string words;  // as most services put it; S3 has its own
};

/// `now`: the machine's time, which the signer's clock shows too. A presigned request isn't too old here: its expiry is
/// judged by the service's clock.
std::optional<SigningProblem> check_signing_time(const Credential& credential, Millis now);

/// `wanted`: the service's name in scopes. Version 2's signatures name none.
std::optional<SigningProblem> check_scope(const Credential& credential, const std::string& wanted);

/// A request that is signed in its head and in its query.
std::optional<SigningProblem> check_one_mechanism(const HttpRequest& request, const QueryParameters& query);

/// A service that has words of its own for these.
class SigningWords {
 public:
  virtual ~SigningWords() = default;
  virtual AwsError signature_refused(const SigningProblem& problem, const Call& call) const = 0;
};
/// The error: the service's own, or the code of a wrong signature with the problem's words.
AwsError signing_error(const SigningProblem& problem, const Call& call);

/// 20240131T090507Z as milliseconds, or -1.
Millis signature_time(const std::string& stamp);

}  // namespace millrace::protocol
