#pragma once
// What one rendering may cost besides its steps: work in bytes, so that few steps over large texts, lists or documents
// are bounded as many small ones are. It also keeps what the rendering made, and takes it apart at the end: values may
// hold each other, or nest deeper than a stack.

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace re2 {
class RE2;
}  // namespace re2

namespace millrace::apigateway::vtl {

struct List;
struct Map;

class Budget {
 public:
  static constexpr size_t kWorkMax = 256u << 20;
  static constexpr size_t kValueMade = 64, kValueSeen = 64, kNameSeen = 4;  // what they cost beside their texts

  /// From here on the thread's work is counted here. One inside another counts for itself.
  Budget();
  ~Budget();
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  /// The thread's; nullptr: nobody counts.
  static Budget* current();
  size_t left() const { return kWorkMax - spent_; }
  /// False once all is spent.
  bool spend(size_t bytes);
  bool exhausted() const { return spent_ == kWorkMax; }
  void keep(std::shared_ptr<List> list);
  void keep(std::shared_ptr<Map> map);
  /// Compiled once; nullptr where it isn't one.
  const re2::RE2* pattern(const std::string& text);

 private:
  Budget* const outer_;
  size_t spent_ = 0;
  std::vector<std::shared_ptr<List>> lists_;
  std::vector<std::shared_ptr<Map>> maps_;
  std::map<std::string, std::unique_ptr<re2::RE2>> patterns_;
};

/// Counts for the thread's rendering; false: it has spent everything, and what goes on should end.
inline bool spend(size_t bytes) {
  Budget* budget = Budget::current();
  return !budget || budget->spend(bytes);
}

}  // namespace millrace::apigateway::vtl
