#pragma once
// One record on its way through a query: the event that it came from, with the fields that Insights discovers in it, and
// what the query's commands added.
// Source: "Supported logs and discovered fields" in the CloudWatch Logs user guide.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/services/logs/insights/value.h"
#include "emulator/services/logs/log_groups.h"

namespace millrace::logs::insights {

/// Where an event lies.
struct Source {
  Event event;
  std::string stream;
  std::string log;         // "account:group"
  std::string pointer;     // for GetLogRecord
  bool of_lambda = false;  // a function's group: platform lines and embedded JSON are understood
};

class Record {
 public:
  Record() = default;
  explicit Record(Source source) : source_(std::make_shared<const Source>(std::move(source))) {}

  /// The field's value: what commands added first, then @fields, then what is discovered in the message.
  Value get(const std::string& name) const;
  void set(const std::string& name, Value value);
  const Source* source() const { return source_.get(); }
  /// Bytes that the record holds, about.
  size_t bytes() const;

 private:
  std::shared_ptr<const Source> source_;
  std::vector<std::pair<std::string, Value>> added_;
  mutable std::shared_ptr<const Json> json_;  // of the message, once a field of it was asked for
  mutable bool json_tried_ = false;
};

/// The JSON document that a message is, or (with `embedded`) the first object in it; nullopt if there is none.
std::optional<Json> discovered_json(std::string_view message, bool embedded);
/// The value at `a.b.0.c`: members may have dots in their names.
const Json* field_in(const Json& document, std::string_view path);
/// All fields that are discovered in a message, by name.
std::map<std::string, Value> discovered_fields(const Source& source);

/// @type, @requestId, @duration ... of a function's platform lines; absent for other names and lines.
Value lambda_field(std::string_view message, std::string_view name);

}  // namespace millrace::logs::insights
