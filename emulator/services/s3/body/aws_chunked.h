#pragma once
// The aws-chunked content encoding: `hexlen[;chunk-signature=...]\r\n<data>\r\n ... 0\r\n[trailer:
// value\r\n]\r\n`.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::s3 {

class ChunkSignatures;

/// Fed with the encoded bytes as they come; gives the data.
class AwsChunkedDecoder {
 public:
  /// Without `signatures` those of the chunks are read over.
  explicit AwsChunkedDecoder(ChunkSignatures* signatures = nullptr) : signatures_(signatures) {}
  /// Appends decoded bytes to `out`; false if the encoding is broken.
  bool feed(std::string_view bytes, std::string& out);
  /// True once the last chunk and the trailers' end were seen.
  bool finished() const { return state_ == State::done; }
  /// True once a chunk or the trailers had another signature; feed() returned false then.
  bool wrongly_signed() const { return wrongly_signed_; }
  const std::vector<std::pair<std::string, std::string>>& trailers() const { return trailers_; }

 private:
  enum class State { size_line, data, data_end, trailer_line, done, broken };
  bool take_line(std::string_view& bytes);
  bool read_size();
  bool read_trailer();
  bool trailers_end();
  bool check(bool signature_fits);

  static constexpr size_t kLineMax = 4096;  // a longer line is no chunk header
  static constexpr size_t kTrailersMax = 16;

  State state_ = State::size_line;
  std::string line_;
  uint64_t left_ = 0;
  std::vector<std::pair<std::string, std::string>> trailers_;
  ChunkSignatures* signatures_;
  bool wrongly_signed_ = false;
  std::string signature_;      // of the chunk that is being read
  std::string trailer_lines_;  // as they are signed
};

}  // namespace millrace::s3
