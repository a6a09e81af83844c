#pragma once
// The aws-chunked content encoding: `hexlen[;chunk-signature=...]\r\n<data>\r\n ... 0\r\n[trailer:
// value\r\n]\r\n`.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::s3 {

/// Fed with the encoded bytes as they come; gives the data. Chunk signatures are read and not checked.
class AwsChunkedDecoder {
 public:
  /// Appends decoded bytes to `out`; false if the encoding is broken.
  bool feed(std::string_view bytes, std::string& out);
  /// True once the last chunk and the trailers' end were seen.
  bool finished() const { return state_ == State::done; }
  const std::vector<std::pair<std::string, std::string>>& trailers() const { return trailers_; }

 private:
  enum class State { size_line, data, data_end, trailer_line, done, broken };
  bool take_line(std::string_view& bytes);
  bool read_size();
  bool read_trailer();

  static constexpr size_t kLineMax = 4096;  // a longer line is no chunk header
  static constexpr size_t kTrailersMax = 16;

  State state_ = State::size_line;
  std::string line_;
  uint64_t left_ = 0;
  std::vector<std::pair<std::string, std::string>> trailers_;
};

}  // namespace millrace::s3
