#include "emulator/services/s3/body/upload_body.h"

#include <charconv>

#include "emulator/base/encoding.h"
#include "emulator/services/s3/body/aws_chunked.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

using protocol::BodyReader;

namespace {

std::optional<uint64_t> number_of(std::string_view text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

AwsError incomplete_body() {
  return {errors::incomplete_body,
          "You did not provide the number of bytes specified by the Content-Length HTTP header"};
}

AwsError invalid_checksum_value(Algorithm algorithm) {
  return errors::invalid("Value for " + checksum_header(algorithm) + " header is invalid.");
}

bool is_checksum_value(Algorithm algorithm, std::string_view value) {
  auto raw = from_base64(value);
  return raw && raw->size() == checksum_bytes(algorithm);
}

Result<void> read_length(const protocol::HttpRequest& request, BodyClaims& claims) {
  std::string_view decoded = request.headers.get("x-amz-decoded-content-length");
  std::string_view plain = request.headers.get("content-length");
  claims.length = number_of(claims.chunked ? decoded : plain);
  if (!claims.length && request.headers.has("transfer-encoding"))
    return errors::header_not_implemented("Transfer-Encoding");
  if (!claims.length && (request.stream || request.headers.has("content-length")))
    return AwsError(errors::missing_content_length, "You must provide the Content-Length HTTP header.");
  if (claims.length && *claims.length > kPutBytesMax) {
    return AwsError(errors::entity_too_large, "Your proposed upload exceeds the maximum allowed size",
                    Json{{"ProposedSize", *claims.length}, {"MaxSizeAllowed", kPutBytesMax}});
  }
  return {};
}

Result<void> read_checksum_claim(const protocol::HttpRequest& request, BodyClaims& claims) {
  TRY(auto given, checksum_in_headers(request.headers));
  if (given) {
    claims.algorithm = given->algorithm;
    claims.checksum = given->value;
  }
  std::string_view trailer = request.headers.get("x-amz-trailer");
  if (trailer.starts_with("x-amz-checksum-")) {
    Algorithm algorithm = parse_algorithm(trailer.substr(15));
    if (algorithm == Algorithm::none)
      return errors::invalid("The value specified in the x-amz-trailer header is not supported");
    if (given) return errors::invalid("Expecting a single x-amz-checksum- header");
    claims.algorithm = algorithm;
    claims.in_trailer = true;
  }
  std::string_view named = request.headers.get("x-amz-sdk-checksum-algorithm");
  if (named.empty()) return {};
  Algorithm algorithm = parse_algorithm(named);
  if (algorithm == Algorithm::none) {
    return errors::invalid(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, "
        "CRC32C, "
        "CRC64NVME, SHA1, SHA256]");
  }
  if (claims.algorithm == Algorithm::none) {
    return errors::invalid(
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer "
        "headers were found.");
  }
  if (claims.algorithm != algorithm)
    return errors::invalid("Value for x-amz-sdk-checksum-algorithm header is invalid.");
  return {};
}

/// Feeds every byte to the writer and to the digests the claims ask for.
class Intake {
 public:
  Intake(const BodyClaims& claims, Algorithm fallback, Algorithm kept, BodyWriter& writer)
      : claims_(claims),
        writer_(writer),
        algorithm_(claims.algorithm != Algorithm::none ? claims.algorithm : fallback),
        md5_(make_md5()),
        checksum_(make_digest(algorithm_)),
        kept_algorithm_(kept == algorithm_ ? Algorithm::none : kept),
        kept_(make_digest(kept_algorithm_)),
        decoder_(claims.chunk_signatures.get()) {
    if (!claims.payload_sha256.empty()) sha256_ = make_sha256();
  }

  /// One read's bytes, as they came.
  Result<void> take(std::string_view bytes) {
    if (sha256_) sha256_->update(bytes);
    if (!claims_.chunked) return take_data(bytes);
    decoded_.clear();
    if (!decoder_.feed(bytes, decoded_)) {
      return decoder_.wrongly_signed() ? AwsError(errors::signature_does_not_match, errors::kWrongSignature)
                                       : incomplete_body();
    }
    return take_data(decoded_);
  }

  Result<Received> finish() {
    if (claims_.chunked && !decoder_.finished()) return incomplete_body();
    if (claims_.length && *claims_.length != writer_.size()) return incomplete_body();
    if (sha256_) TRY_VOID(check_payload_hash());
    std::string md5 = md5_->finish();
    if (!claims_.content_md5.empty() && claims_.content_md5 != md5) return errors::wrong_md5(claims_.content_md5, md5);
    Received out;
    out.md5_hex = to_hex(md5);
    if (checksum_) out.checksum = {algorithm_, false, to_base64(checksum_->finish())};
    TRY_VOID(check_checksum(out.checksum));
    if (kept_) out.checksum = {kept_algorithm_, false, to_base64(kept_->finish())};
    return out;
  }

 private:
  Result<void> take_data(std::string_view data) {
    if (claims_.length && writer_.size() + data.size() > *claims_.length) return incomplete_body();
    if (writer_.size() + data.size() > kPutBytesMax) {
      return AwsError(errors::entity_too_large, "Your proposed upload exceeds the maximum allowed size",
                      Json{{"MaxSizeAllowed", kPutBytesMax}});
    }
    md5_->update(data);
    if (checksum_) checksum_->update(data);
    if (kept_) kept_->update(data);
    return writer_.write(data);
  }

  Result<void> check_payload_hash() {
    std::string actual = to_hex(sha256_->finish());
    if (equals_ignore_case(actual, claims_.payload_sha256)) return {};
    return errors::payload_mismatch(claims_.payload_sha256, actual);
  }

  Result<void> check_checksum(const Checksum& computed) {
    std::string expected = claims_.checksum;
    if (claims_.in_trailer) {
      const std::string* value = value_of(decoder_.trailers(), checksum_header(algorithm_));
      if (!value || !is_checksum_value(algorithm_, *value)) {
        return errors::invalid("Value for " + checksum_header(algorithm_) + " trailing header is invalid.");
      }
      expected = *value;
    }
    if (!expected.empty() && expected != computed.value) return bad_checksum(algorithm_);
    return {};
  }

  const BodyClaims& claims_;
  BodyWriter& writer_;
  Algorithm algorithm_;
  std::unique_ptr<Digest> md5_, checksum_, sha256_;
  Algorithm kept_algorithm_;
  std::unique_ptr<Digest> kept_;
  AwsChunkedDecoder decoder_;
  std::string decoded_;
};

}  // namespace

AwsError bad_checksum(Algorithm algorithm) {
  return {errors::bad_digest,
          "The " + algorithm_name(algorithm) + " you specified did not match the calculated checksum."};
}

Result<std::optional<Checksum>> checksum_in_headers(const protocol::Headers& headers) {
  std::optional<Checksum> found;
  for (const auto& [name, value] : headers) {
    if (name.size() < 15 || !equals_ignore_case(std::string_view(name).substr(0, 15), "x-amz-checksum-")) continue;
    std::string_view rest = std::string_view(name).substr(15);
    if (equals_ignore_case(rest, "mode") || equals_ignore_case(rest, "type") || equals_ignore_case(rest, "algorithm"))
      continue;
    Algorithm algorithm = parse_algorithm(rest);
    if (algorithm == Algorithm::none) {
      return errors::invalid("The algorithm type you specified in x-amz-checksum- header is invalid.");
    }
    if (found)
      return errors::invalid("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
    if (!is_checksum_value(algorithm, value)) return invalid_checksum_value(algorithm);
    found = Checksum{algorithm, false, value};
  }
  return found;
}

Result<BodyClaims> read_claims(const protocol::HttpRequest& request) {
  BodyClaims claims;
  std::string_view payload = request.headers.get("x-amz-content-sha256");
  claims.chunked = payload.starts_with("STREAMING-");
  for (const auto& [name, value] : request.headers) {
    if (equals_ignore_case(name, "content-encoding") && to_lower(value).find("aws-chunked") != std::string::npos &&
        request.headers.has("x-amz-decoded-content-length"))
      claims.chunked = true;
  }
  if (payload.size() == 64) claims.payload_sha256 = payload;
  if (request.headers.has("content-md5")) {
    auto md5 = from_base64(request.headers.get("content-md5"));
    if (!md5 || md5->size() != 16) {
      return AwsError(errors::invalid_digest, "The Content-MD5 you specified was invalid.",
                      Json{{"Content-MD5", request.headers.get("content-md5")}});
    }
    claims.content_md5 = *md5;
  }
  TRY_VOID(read_length(request, claims));
  TRY_VOID(read_checksum_claim(request, claims));
  return claims;
}

Result<BodyClaims> read_claims(S3& s3, const protocol::Call& call) {
  TRY(BodyClaims claims, read_claims(call.http));
  if (auto signatures = chunk_signatures(s3, call))
    claims.chunk_signatures = std::make_shared<ChunkSignatures>(std::move(*signatures));
  return claims;
}

Result<Received> receive(const protocol::HttpRequest& request, const BodyClaims& claims, Algorithm fallback,
                         BodyWriter& writer, Algorithm kept) {
  Intake intake(claims, fallback, kept, writer);
  if (!request.stream) {
    TRY_VOID(intake.take(request.body));
    return intake.finish();
  }
  constexpr size_t kReadBytes = 256u << 10;
  std::string buffer;
  for (BodyReader::State state = BodyReader::State::more; state == BodyReader::State::more;) {
    buffer.clear();
    state = request.stream->read(buffer, kReadBytes);
    if (state == BodyReader::State::cut_off) return incomplete_body();
    TRY_VOID(intake.take(buffer));
  }
  return intake.finish();
}

}  // namespace millrace::s3
