#pragma once
// Who sent a request: one sign-in for the Authorization header, presigned URLs and S3's POST forms, in versions 4 and 2.

#include <functional>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/protocol/identity.h"
#include "emulator/protocol/sigv4.h"

namespace millrace::protocol {

struct SignInOptions {
  std::string default_region = "us-east-1";
  std::string default_account = "000000000000";
  /// The system's time, by which clients sign, whatever the emulator's clock shows. In milliseconds.
  std::function<Millis()> machine_time = {};
  /// What credential scopes must name for a request to a service; "": anything.
  std::function<std::string(const HttpRequest&, const Service*)> scope_of = {};
  bool verify_all_signatures = false;  // otherwise only those of keys that this emulator issued
};

class SignIn {
 public:
  SignIn(SignInOptions options, Identity& identity, Clock& clock);
  /// Sets the call's caller; nullptr: anonymous. `sent` is the body as it was sent, before it was unpacked: that is what
  /// signatures are over. Errors: invalid and expired keys and tokens, wrong signatures, in the words of the call's
  /// service.
  Result<void> check(Call& call, const Credential* credential, const std::string& sent) const;
  const SignInOptions& options() const { return options_; }

 private:
  Result<void> check_anonymous(Call& call) const;
  Result<void> check_signature(const Call& call, const Credential& credential, const std::string& secret,
                               const std::string& sent) const;

  SignInOptions options_;
  Identity& identity_;
  Clock& clock_;
};

}  // namespace millrace::protocol
