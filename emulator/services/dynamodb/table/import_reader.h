#pragma once
// The items in an import's source files.

#include <simdjson.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/attribute/attribute_value.h"
#include "emulator/base/json.h"
#include "emulator/services/dynamodb/table/record_splitter.h"
#include "emulator/tables/table.h"

namespace millrace::dynamodb {

/// One source file, in pieces of any size; holds no more than a record of it.
class ImportReader {
 public:
  using OnItem = std::function<void(AttributeMap)>;
  using OnError = std::function<void()>;

  /// Calls `item` for each item of the text and `error` for each record that is none. `options` are InputFormatOptions.
  /// DYNAMODB_JSON: documents `{"Item": {...}}`, each in a line of its own or not. CSV: a header line (or HeaderList),
  /// then values; all are strings but the key attributes, which have the types that the table defines.
  ImportReader(const std::string& format, const Json& options, const tables::Table& table, OnItem item, OnError error);

  void feed(std::string_view bytes) { splitter_.feed(bytes); }
  void finish() { splitter_.finish(); }

 private:
  struct Column {
    std::string name;
    AttributeType type;
  };

  void take(std::string_view record, bool too_long);
  void take_document(std::string_view record);
  void take_line(std::string_view record);
  void set_columns(const std::vector<std::string>& names);

  const tables::Table& table_;
  OnItem item_;
  OnError error_;
  RecordSplitter::Format format_;
  char delimiter_ = ',';
  std::optional<std::vector<Column>> columns_;
  bool given_up_ = false;  // the file isn't what it should be
  simdjson::dom::parser parser_;
  RecordSplitter splitter_;
};

}  // namespace millrace::dynamodb
