#include "emulator/services/s3/body/aws_chunked.h"

#include <charconv>

#include "emulator/base/encoding.h"
#include "emulator/services/s3/body/chunk_signatures.h"

namespace millrace::s3 {

namespace {
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";
}

/// Moves a line's bytes into line_; true once its end was seen (line_ then lacks the "\r\n").
bool AwsChunkedDecoder::take_line(std::string_view& bytes) {
  size_t end = bytes.find('\n');
  std::string_view piece = bytes.substr(0, end == std::string_view::npos ? bytes.size() : end + 1);
  line_.append(piece);
  bytes.remove_prefix(piece.size());
  if (line_.size() > kLineMax) {
    state_ = State::broken;
    return false;
  }
  if (end == std::string_view::npos) return false;
  line_.pop_back();
  if (line_.ends_with('\r')) line_.pop_back();
  return true;
}

bool AwsChunkedDecoder::check(bool signature_fits) {
  wrongly_signed_ |= !signature_fits;
  return signature_fits;
}

bool AwsChunkedDecoder::read_size() {
  constexpr std::string_view kSignature = ";chunk-signature=";
  const size_t at = line_.find(kSignature);
  signature_ = at == std::string::npos ? "" : line_.substr(at + kSignature.size());
  std::string_view digits = std::string_view(line_).substr(0, line_.find(';'));
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
  bool good = error == std::errc() && end == digits.data() + digits.size() && !digits.empty();
  line_.clear();
  if (!good) return false;
  state_ = left_ ? State::data : State::trailer_line;
  return left_ || !signatures_ || check(signatures_->chunk_ends(signature_));
}

bool AwsChunkedDecoder::read_trailer() {
  std::string line = std::move(line_);
  line_.clear();
  if (line.empty()) {
    state_ = State::done;
    return trailers_end();
  }
  size_t colon = line.find(':');
  if (colon == std::string::npos || trailers_.size() >= kTrailersMax) return false;
  size_t value = line.find_first_not_of(' ', colon + 1);
  trailers_.emplace_back(to_lower(std::string_view(line).substr(0, colon)),
                         value == std::string::npos ? "" : line.substr(value));
  if (trailers_.back().first != kTrailerSignature)
    trailer_lines_ += trailers_.back().first + ":" + trailers_.back().second + "\n";
  return true;
}

/// Trailers have a signature of their own, where there are any.
bool AwsChunkedDecoder::trailers_end() {
  if (!signatures_ || trailers_.empty()) return true;
  std::string signature;
  for (const auto& [name, value] : trailers_) {
    if (name == kTrailerSignature) signature = value;
  }
  return check(signatures_->trailers_end(trailer_lines_, signature));
}

bool AwsChunkedDecoder::feed(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    switch (state_) {
      case State::size_line:
        if (take_line(bytes) && !read_size()) state_ = State::broken;
        break;
      case State::data: {
        size_t n = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size()));
        out.append(bytes.substr(0, n));
        if (signatures_) signatures_->update(bytes.substr(0, n));
        bytes.remove_prefix(n);
        left_ -= n;
        if (left_ == 0) state_ = State::data_end;
        if (left_ == 0 && signatures_ && !check(signatures_->chunk_ends(signature_))) state_ = State::broken;
        break;
      }
      case State::data_end:
        if (take_line(bytes)) {
          state_ = line_.empty() ? State::size_line : State::broken;
          line_.clear();
        }
        break;
      case State::trailer_line:
        if (take_line(bytes) && !read_trailer()) state_ = State::broken;
        break;
      case State::done: return bytes.empty();
      case State::broken: return false;
    }
  }
  return state_ != State::broken;
}

}  // namespace millrace::s3
