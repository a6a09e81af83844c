#pragma once
// AWS's sentences about credentials, shared by the services that word them alike.

#include "emulator/protocol/service.h"

namespace millrace::protocol {

/// The error for credentials that can't be accepted, from the service's own kinds.
AwsError sign_in_error(const ServiceErrors& errors, SignInError error);
/// The same for an Authorization header that lacks parts, naming them.
AwsError incomplete_signature_error(const ServiceErrors& errors, const Call& call);

/// `User: <principal> is not authorized to perform: <action> on resource: <resource> <reason>`
std::string denial_message(const Denial& denial);

}  // namespace millrace::protocol
