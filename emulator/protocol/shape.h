#pragma once
// An operation's input, declared as data in AWS's terms: members in the order in which AWS lists their errors,
// with their constraints. One checker reads it; one renderer words the errors:
//
//   2 validation errors detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length
//   greater than or equal to 3; Value null at 'key' failed to satisfy constraint: Member must not be null
//
// Example:
//   static const Shape kInput = structure({
//       required("TableName", string().length(1, 1024)),
//       optional("Limit", integer().range(1, 100)),
//       optional("ReturnValues", string().one_of({"ALL_NEW", "NONE"})),
//   });

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/json.h"

namespace simdjson::dom {
class element;
}

namespace millrace::protocol {

struct Member;
class Pattern;

class Shape {
 public:
  enum class Kind { string, blob, integer, number, boolean, timestamp, list, map, structure, any };

  explicit Shape(Kind kind) : kind_(kind) {}

  Shape& length(int64_t min, int64_t max);  // strings: characters; lists, maps: elements. -1: no bound
  Shape& range(int64_t min, int64_t max);   // numbers
  Shape& at_least(int64_t min);
  /// The regular expression as AWS prints it; the whole value must match (std::regex: RE2 doesn't
  /// know the lookaheads that some of AWS's patterns have).
  Shape& pattern(std::string regex);
  Shape& one_of(std::vector<std::string> values);  // in the order in which the service prints them
  /// An ARN is accepted too, whatever the length and pattern say: up to 1024 characters.
  Shape& or_arn();
  /// Elements of a list / values of a map.
  Shape& of(Shape element);
  Shape& keys(Shape key);
  Shape& members(std::vector<Member> members);
  /// The service's name of a structure: its values print as `Name(a=1, b=[x])`.
  Shape& named(std::string name);
  /// AWS reports some element constraints on the list as a whole: `Value '[X86_64]' at 'architectures' failed to
  /// satisfy constraint: Member must satisfy constraint: [...]`.
  Shape& report_on_whole();

  Kind kind() const { return kind_; }

 private:
  template <class View>
  friend class Checker;
  Kind kind_;
  std::optional<int64_t> min_length_, max_length_, min_value_, max_value_;
  std::shared_ptr<Pattern> pattern_;
  std::vector<std::string> values_;
  std::shared_ptr<Shape> element_;
  std::shared_ptr<Shape> key_;
  std::shared_ptr<std::vector<Member>> members_;
  std::string name_;
  bool report_on_whole_ = false;
  bool or_arn_ = false;
};

struct Member {
  std::string name;
  Shape shape;
  bool is_required = false;
};

Shape string();
Shape blob();
Shape integer();
Shape number();
Shape boolean();
Shape timestamp();
Shape any();
Shape list(Shape of);
Shape map(Shape of);
Shape structure(std::vector<Member> members);
Member required(std::string name, Shape shape);
Member optional(std::string name, Shape shape);

/// What is wrong with an input.
struct InputError {
  enum class Kind { none, serialization, validation } kind = Kind::none;
  std::string message;
  explicit operator bool() const { return kind != Kind::none; }
};

/// Checks types first (the first wrong one is a serialization error in DynamoDB's words), then constraints (at most
/// ten are listed). Unknown members are ignored; null means absent.
InputError check_input(const Shape& shape, const Json& input);
InputError check_dom_input(const Shape& shape, const simdjson::dom::element& input);

/// `N validation error(s) detected: a; b`
std::string validation_message(const std::vector<std::string>& violations);
/// `Value 'v' at 'path' failed to satisfy constraint: c`; without a value `Value null at ...`.
std::string violation(const std::optional<std::string>& value, std::string_view path, std::string_view constraint);

}  // namespace millrace::protocol
