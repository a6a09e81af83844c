#pragma once
// The signatures of an upload that was signed chunk by chunk: each covers its chunk and the signature before it.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/services/s3/body/checksum.h"
#include "emulator/services/s3/wire/request.h"

namespace millrace::s3 {

class ChunkSignatures {
 public:
  /// `seed` is the request's own signature, `scope` its "<date>/<region>/s3/aws4_request".
  ChunkSignatures(std::string signing_key, std::string timestamp, std::string scope, std::string seed);

  /// Bytes of the chunk that is being read.
  void update(std::string_view data) { digest_->update(data); }
  /// After a chunk's bytes: whether it has this signature.
  bool chunk_ends(std::string_view signature);
  /// `lines` are the trailers as "name:value\n", without their signature.
  bool trailers_end(std::string_view lines, std::string_view signature);

 private:
  bool matches(std::string_view kind, const std::string& hashes, std::string_view signature);

  const std::string key_, timestamp_, scope_;
  std::string previous_;
  std::unique_ptr<Digest> digest_;
};

/// For a body in signed chunks under a key that this emulator issued; of others nobody knows the secret.
std::optional<ChunkSignatures> chunk_signatures(S3& s3, const protocol::Call& call);

}  // namespace millrace::s3
