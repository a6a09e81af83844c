#pragma once
// The reader of leaf arrays: `["a", {"prefix":"b"}, {"exists":false}]`. compile.cc reads the objects around
// them.

#include <string>
#include <vector>

#include "runtime/filter/alternative.h"
#include "runtime/filter/json_tokens.h"

namespace millrace::filter {

struct LeafArray {
  std::vector<Alternative> alternatives;
  bool absent_suffices = false;
};

class LeafArrayReader {
 public:
  LeafArrayReader(JsonTokens& tokens, std::string& problem) : tokens_(tokens), problem_(problem) {}

  /// Reads up to the array's end, whose `[` has been read. False, with the rule engine's reason, if it is
  /// invalid.
  bool read(LeafArray& out);

 private:
  bool fail(std::string reason);
  bool scalar(Token token, LeafArray& out);
  bool match_expression(LeafArray& out);
  bool affix(LeafArray& out, bool prefix);
  bool numeric(LeafArray& out);
  bool numeric_value(std::string_view op, double& value);
  bool anything_but(LeafArray& out);
  bool anything_but_list(LeafArray& out);
  bool anything_but_operator(LeafArray& out);
  bool exists(LeafArray& out);
  bool text_operand(const char* operator_name, std::string& text);
  bool end_of_expression(const char* reason = "Only one key allowed in match expression");

  JsonTokens& tokens_;
  std::string& problem_;
};

}  // namespace millrace::filter
