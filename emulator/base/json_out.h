#pragma once
// JSON text printed straight into a string's memory: what is printed for every item of every page. Room is asked for before
// it is written to, so that a character costs a store and no call.

#include <cstring>
#include <string>
#include <string_view>

namespace millrace {

class JsonOut {
 public:
  /// Prints behind what `out` holds, at first with room for `bytes`. `out` is whole when this is gone.
  JsonOut(std::string& out, size_t bytes);
  ~JsonOut() { out_.resize(size()); }
  JsonOut(const JsonOut&) = delete;
  JsonOut& operator=(const JsonOut&) = delete;

  /// Where the next `bytes` may be written; wrote() says up to where they were.
  char* room(size_t bytes) {
    if (static_cast<size_t>(end_ - at_) < bytes) grow(bytes);
    return at_;
  }
  void wrote(char* at) { at_ = at; }

  JsonOut& put(char c) {
    *room(1) = c;
    ++at_;
    return *this;
  }
  /// Text that needs no escape and no quotes.
  JsonOut& plain(std::string_view text) {
    std::memcpy(room(text.size()), text.data(), text.size());
    at_ += text.size();
    return *this;
  }
  /// Valid UTF-8 as a string literal, quotes included.
  JsonOut& string(std::string_view text);

 private:
  size_t size() const { return static_cast<size_t>(at_ - out_.data()); }
  void grow(size_t bytes);
  void escape(unsigned char c);

  std::string& out_;
  char* at_;
  char* end_;
};

}  // namespace millrace
