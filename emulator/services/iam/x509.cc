#include "emulator/services/iam/x509.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "emulator/services/iam/errors.h"

namespace millrace::iam {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using X509Pointer = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPointer = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Bio bio_of(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

/// Without a password callback OpenSSL would ask for one on the terminal.
int no_password(char*, int, int, void*) {
  return 0;
}

X509Pointer parse(const std::string& pem) {
  const Bio bio = bio_of(pem);
  return {PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr), X509_free};
}

AwsError malformed(const char* what) {
  return {errors::malformed_certificate,
          std::string("Unable to parse ") + what + ". Please ensure the " + what + " is in PEM format."};
}

}  // namespace

Result<Certificate> read_certificate(const std::string& pem) {
  const X509Pointer certificate = parse(pem);
  if (!certificate) return malformed("certificate");
  std::tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &time) != 1) return malformed("certificate");
  return Certificate{static_cast<Millis>(timegm(&time)) * 1000};
}

Result<void> check_key_pair(const std::string& certificate_pem, const std::string& key_pem) {
  const X509Pointer certificate = parse(certificate_pem);
  if (!certificate) return malformed("certificate");
  const Bio bio = bio_of(key_pem);
  const KeyPointer key{PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr), EVP_PKEY_free};
  if (!key) return malformed("private key");
  if (X509_check_private_key(certificate.get(), key.get()) == 1) return {};
  return AwsError(errors::key_pair_mismatch, "Private key doesn't match the certificate.");  // unverified
}

}  // namespace millrace::iam
