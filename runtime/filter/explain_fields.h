#pragma once
// Why an event matches a filter pattern or doesn't, field by field, for people: off the path of matching.

#include <string>
#include <vector>

namespace millrace::filter {

struct FieldVerdict {
  std::string path;    // "dynamodb.NewImage.Total.N"
  std::string wanted;  // the pattern's array, as JSON
  std::string found;   // the event's value as JSON, or "absent"
  bool holds = false;
  std::string hint;  // what is known to trip people up here; empty: nothing
};

struct Explanation {
  bool valid = false;   // AWS would take the pattern
  std::string problem;  // of an invalid pattern or of an event that is no JSON object
  bool matches = false;
  std::vector<FieldVerdict> fields;  // in the pattern's order; those of $or's alternatives one after the other
};

Explanation explain_fields(const std::string& pattern, const std::string& event);

}  // namespace millrace::filter
