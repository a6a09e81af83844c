#include <algorithm>

#include "runtime/filter/json_tokens.h"
#include "runtime/filter/leaves.h"

namespace millrace::filter {

/// Walks the document with the joined path of where it is. Duplicate members all count.
class JsonLeaves::Reader {
 public:
  Reader(JsonLeaves& leaves, std::string_view document) : leaves_(leaves), tokens_(document) {}

  bool read() { return tokens_.next() == Token::begin_object && object(true); }

 private:
  /// Could a leaf below the current path be asked for?
  bool wanted_below() const {
    const auto& paths = leaves_.paths_;
    auto it = std::lower_bound(paths.begin(), paths.end(), path_);
    return it != paths.end() && it->starts_with(path_);
  }

  bool object(bool top) {
    size_t length = path_.size();
    for (;;) {
      Token token = tokens_.next();
      if (token == Token::end_object) return true;
      if (token != Token::name) return false;
      if (!top) path_ += '.';
      path_ += tokens_.text();
      token = tokens_.next();
      if (!(wanted_below() ? value(token) : tokens_.skip(token))) return false;
      path_.resize(length);
    }
  }

  bool array() {
    uint64_t id = ++arrays_;
    for (uint32_t index = 0;; ++index) {
      Token token = tokens_.next();
      if (token == Token::end_array) return true;
      bool container = token == Token::begin_object || token == Token::begin_array;
      if (container) memberships_.push_back({id, index});
      bool good = value(token);
      if (container) memberships_.pop_back();
      if (!good) return false;
    }
  }

  bool value(Token token) {
    switch (token) {
      case Token::begin_object: return object(false);
      case Token::begin_array: return array();
      case Token::string: return leaf(LeafKind::string);
      case Token::number: return leaf(LeafKind::number);
      case Token::true_value: return leaf(LeafKind::true_value);
      case Token::false_value: return leaf(LeafKind::false_value);
      case Token::null_value: return leaf(LeafKind::null_value);
      default: return false;
    }
  }

  bool leaf(LeafKind kind) {
    const auto& paths = leaves_.paths_;
    auto it = std::lower_bound(paths.begin(), paths.end(), path_);
    if (it == paths.end() || *it != path_) return true;
    Leaf leaf{kind, {}, memberships_};
    if (kind == LeafKind::string || kind == LeafKind::number) {
      leaf.text = leaves_.texts_.emplace_back(tokens_.text());
    }
    leaves_.table_[it - paths.begin()].push_back(std::move(leaf));
    return true;
  }

  JsonLeaves& leaves_;
  JsonTokens tokens_;
  std::string path_;
  Memberships memberships_;  // ids grow with depth, so they are sorted
  uint64_t arrays_ = 0;
};

JsonLeaves::JsonLeaves(std::string_view document, const std::vector<std::string>& paths)
    : paths_(paths), table_(paths.size()) {
  valid_ = Reader(*this, document).read();
  if (!valid_) table_.assign(paths.size(), {});
}

}  // namespace millrace::filter
