#include "emulator/services/s3/body/chunk_signatures.h"

#include "emulator/base/encoding.h"
#include "emulator/protocol/identity.h"
#include "emulator/protocol/sigv4.h"

namespace millrace::s3 {

ChunkSignatures::ChunkSignatures(std::string signing_key, std::string timestamp, std::string scope, std::string seed)
    : key_(std::move(signing_key)),
      timestamp_(std::move(timestamp)),
      scope_(std::move(scope)),
      previous_(std::move(seed)),
      digest_(make_sha256()) {}

bool ChunkSignatures::matches(std::string_view kind, const std::string& hashes, std::string_view signature) {
  const std::string to_sign =
      "AWS4-HMAC-SHA256-" + std::string(kind) + "\n" + timestamp_ + "\n" + scope_ + "\n" + previous_ + "\n" + hashes;
  previous_ = to_hex(hmac_sha256(key_, to_sign));
  return previous_ == signature;
}

bool ChunkSignatures::chunk_ends(std::string_view signature) {
  const std::string hash = to_hex(digest_->finish());
  digest_ = make_sha256();
  return matches("PAYLOAD", to_hex(sha256("")) + "\n" + hash, signature);
}

bool ChunkSignatures::trailers_end(std::string_view lines, std::string_view signature) {
  return matches("TRAILER", to_hex(sha256(lines)), signature);
}

std::optional<ChunkSignatures> chunk_signatures(S3& s3, const protocol::Call& call) {
  if (!header(call, "x-amz-content-sha256").starts_with("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")) return std::nullopt;
  protocol::Credential credential;
  const auto state = protocol::read_credential(call.http, call.query, credential);
  if (state != protocol::CredentialState::present || credential.version_2) return std::nullopt;
  auto issued = s3.identity.load() ? s3.identity.load()->find_key(credential.access_key_id) : std::nullopt;
  if (!issued) return std::nullopt;
  return ChunkSignatures(protocol::signing_key(issued->secret_access_key, credential), credential.timestamp,
                         credential.date + "/" + credential.region + "/" + credential.service + "/aws4_request",
                         credential.signature);
}

}  // namespace millrace::s3
