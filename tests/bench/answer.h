#pragma once
// What a load generator has to know of an HTTP/1.1 answer: its status, and where it ends. Bodies are counted, not kept.

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace millrace::bench {

class Answer {
 public:
  enum class State { more, whole, broken };

  /// Takes the next bytes of a connection with one request in flight. What comes behind a whole answer makes it broken.
  State put(std::string_view bytes) {
    if (begin_.size() < kShown) begin_.append(bytes.substr(0, kShown - begin_.size()));
    while (!bytes.empty() && state_ == State::more) {
      if (in_head_)
        take_head(bytes);
      else if (chunked_)
        take_chunk(bytes);
      else
        take_body(bytes);
    }
    if (!bytes.empty()) state_ = State::broken;
    return state_;
  }

  /// For the next answer, in the same memory.
  void clear() {
    state_ = State::more;
    in_head_ = true;
    chunked_ = last_chunk_ = false;
    status_ = 0;
    left_ = body_bytes_ = 0;
    line_.clear();
    begin_.clear();
  }

  int status() const { return status_; }
  uint64_t body_bytes() const { return body_bytes_; }
  /// The first bytes of head and body, to be shown.
  const std::string& begin() const { return begin_; }

 private:
  static constexpr size_t kShown = 600;
  static constexpr size_t kHeadPiece = 1024;
  static constexpr size_t kHeadMax = 64u << 10;
  static constexpr size_t kChunkLineMax = 64;

  static bool same(char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; }

  /// The value of the header `name` (lower case, with line end before and colon behind), or nothing.
  std::string_view header(std::string_view name) const {
    auto at = std::search(line_.begin(), line_.end(), name.begin(), name.end(), same);
    if (at == line_.end()) return {};
    std::string_view rest = std::string_view(line_).substr(static_cast<size_t>(at - line_.begin()) + name.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    return rest.substr(0, rest.find('\r'));
  }

  void take_head(std::string_view& bytes) {
    size_t before = line_.size();
    std::string_view piece = bytes.substr(0, kHeadPiece);
    line_.append(piece);
    size_t end = line_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
    if (end == std::string::npos) {
      bytes.remove_prefix(piece.size());
      if (line_.size() > kHeadMax) state_ = State::broken;
      return;
    }
    bytes.remove_prefix(end + 4 - before);
    line_.resize(end + 2);
    read_head();
  }

  void read_head() {
    if (!line_.starts_with("HTTP/1.") || line_.size() < 12) return void(state_ = State::broken);
    status_ = std::atoi(line_.c_str() + 9);
    std::string_view length = header("\r\ncontent-length:");
    if (length.empty()) {
      chunked_ = header("\r\ntransfer-encoding:") == "chunked";
      if (!chunked_ && status_ != 204) return void(state_ = State::broken);
    }
    left_ = std::strtoull(std::string(length).c_str(), nullptr, 10);
    in_head_ = false;
    line_.clear();
    if (!chunked_ && left_ == 0) state_ = State::whole;
  }

  void take_body(std::string_view& bytes) {
    uint64_t taken = std::min<uint64_t>(left_, bytes.size());
    bytes.remove_prefix(taken);
    left_ -= taken;
    body_bytes_ += taken;
    if (left_ == 0) state_ = State::whole;
  }

  /// `left_` bytes of a chunk with the line end behind it; without any, the next chunk's line of length.
  void take_chunk(std::string_view& bytes) {
    if (left_ > 0) {
      uint64_t taken = std::min<uint64_t>(left_, bytes.size());
      bytes.remove_prefix(taken);
      left_ -= taken;
      if (left_ == 0 && last_chunk_) state_ = State::whole;
      return;
    }
    line_ += bytes.front();
    bytes.remove_prefix(1);
    if (line_.size() > kChunkLineMax) state_ = State::broken;
    if (line_.back() != '\n') return;
    uint64_t length = std::strtoull(line_.c_str(), nullptr, 16);
    line_.clear();
    body_bytes_ += length;
    last_chunk_ = length == 0;
    left_ = length + 2;
  }

  State state_ = State::more;
  bool in_head_ = true, chunked_ = false, last_chunk_ = false;
  int status_ = 0;
  uint64_t left_ = 0;
  uint64_t body_bytes_ = 0;
  std::string line_;  // the head until it is whole; of a chunked body the line that is being read
  std::string begin_;
};

}  // namespace millrace::bench
