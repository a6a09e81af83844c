#pragma once
// A request's object bytes, from the wire into the store: decoded, measured, and held against everything the
// client said of them.

#include <optional>
#include <string>

#include "emulator/base/result.h"
#include "emulator/protocol/http.h"
#include "emulator/services/s3/body/body_writer.h"
#include "emulator/services/s3/body/checksum.h"
#include "emulator/services/s3/body/chunk_signatures.h"
#include "emulator/services/s3/objects/object_version.h"

namespace millrace::s3 {

/// What the headers say of the body.
struct BodyClaims {
  bool chunked = false;  // aws-chunked
  std::optional<uint64_t> length;
  std::string content_md5;                // raw bytes
  std::string payload_sha256;             // hex; empty: unsigned or in chunks
  Algorithm algorithm = Algorithm::none;  // of the client's checksum
  std::string checksum;                   // base64; empty while it comes as a trailer
  bool in_trailer = false;
  std::shared_ptr<ChunkSignatures> chunk_signatures;  // of a body whose chunks' signatures can be checked
};

/// Errors: InvalidDigest, InvalidRequest, MissingContentLength, EntityTooLarge.
Result<BodyClaims> read_claims(const protocol::HttpRequest& request);
/// The same, with the chunks' signatures: for bodies that are received().
Result<BodyClaims> read_claims(S3& s3, const protocol::Call& call);

struct Received {
  std::string md5_hex;
  Checksum checksum;  // of the `kept` algorithm if there is one, else the client's, else `fallback`
};

/// Reads all of the request's body. The client's checksum is verified; with `kept`, another one is computed
/// beside it and returned. Errors: IncompleteBody, BadDigest, XAmzContentSHA256Mismatch, InvalidRequest,
/// SignatureDoesNotMatch for a chunk's.
Result<Received> receive(const protocol::HttpRequest& request, const BodyClaims& claims, Algorithm fallback,
                         BodyWriter& writer, Algorithm kept = Algorithm::none);

/// The checksum headers of a request without reading its body: at most one may be there.
Result<std::optional<Checksum>> checksum_in_headers(const protocol::Headers& headers);

/// The client's checksum isn't that of what came.
AwsError bad_checksum(Algorithm algorithm);

inline constexpr uint64_t kPutBytesMax = 5ull << 30;

}  // namespace millrace::s3
