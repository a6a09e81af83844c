#pragma once

#include <string>

#include "emulator/base/clock.h"
#include "emulator/base/result.h"

namespace millrace::iam {

struct Certificate {
  Millis expires = 0;
};

/// Reads a PEM certificate; MalformedCertificate if it isn't one.
Result<Certificate> read_certificate(const std::string& pem);

/// KeyPairMismatch if the private key (PEM) isn't the certificate's, MalformedCertificate if either can't be
/// read.
Result<void> check_key_pair(const std::string& certificate_pem, const std::string& key_pem);

}  // namespace millrace::iam
