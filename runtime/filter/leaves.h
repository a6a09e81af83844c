#pragma once
// The abstract view that patterns are matched against: a document is its scalar leaves, each with the path of
// member names that leads to it (joined by dots) and the array elements that it lies in. Objects and empty
// arrays are no leaves. JSON texts and typed stream records both come as this.

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/attribute/attribute_value.h"
#include "emulator/ports/stream_reader.h"

namespace millrace::filter {

/// Which element of which array; the array is known by any number unique in its document.
struct Membership {
  uint64_t array = 0;
  uint32_t element = 0;
  friend auto operator<=>(const Membership&, const Membership&) = default;
};
/// Sorted by array. A scalar directly in an array isn't a member of it: arrays of scalars are sets of values.
using Memberships = boost::container::small_vector<Membership, 2>;

enum class LeafKind : uint8_t { string, number, true_value, false_value, null_value };

struct Leaf {
  LeafKind kind = LeafKind::null_value;
  std::string_view text;  // the string, or the number as written
  Memberships memberships;
};

/// The leaves at the paths of one pattern, for one document. A path is known by its index in the pattern's
/// list.
class LeafTable {
 public:
  virtual ~LeafTable() = default;
  virtual const std::vector<Leaf>& leaves(size_t path) = 0;
};

/// A JSON document, read once on construction.
class JsonLeaves final : public LeafTable {
 public:
  /// `paths` are sorted. Both arguments must outlive the table.
  JsonLeaves(std::string_view document, const std::vector<std::string>& paths);
  /// False if the text isn't a JSON object; it then has no leaves.
  bool valid() const { return valid_; }
  const std::vector<Leaf>& leaves(size_t path) override { return table_[path]; }

 private:
  class Reader;
  const std::vector<std::string>& paths_;
  std::vector<std::vector<Leaf>> table_;
  std::deque<std::string> texts_;  // decoded strings
  bool valid_ = false;
};

/// What a stream record as delivered to functions says beside the record itself.
struct RecordSource {
  std::string stream_arn;
  std::string region;
};

/// A typed record, seen as the event document that a function would get (facts: the delivered record),
/// without that document: a path is walked when it is first asked for, and nothing else is touched.
class RecordLeaves final : public LeafTable {
 public:
  RecordLeaves(const ports::StreamRecord& record, const RecordSource& source, const std::vector<std::string>& paths);
  const std::vector<Leaf>& leaves(size_t path) override;

 private:
  void walk_record(std::string_view path);
  void walk_change(std::string_view path);
  void walk_map(const AttributeMap& map, std::string_view path);
  void walk_value(const AttributeValue& value, std::string_view path);
  void walk_content(const AttributeValue& value, std::optional<std::string_view> rest);
  void emit(LeafKind kind, std::string_view text);
  void emit_string(std::string text);

  const ports::StreamRecord& record_;
  const RecordSource& source_;
  const std::vector<std::string>& paths_;
  std::vector<std::optional<std::vector<Leaf>>> table_;
  std::vector<Leaf>* target_ = nullptr;  // where the walk under way puts its leaves
  Memberships memberships_;              // of the walk under way
  std::deque<std::string> texts_;        // texts that the record doesn't hold as such: numbers, base64
};

}  // namespace millrace::filter
