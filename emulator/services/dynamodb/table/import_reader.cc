#include "emulator/services/dynamodb/table/import_reader.h"

#include "emulator/base/attribute/item_json.h"
#include "emulator/base/encoding.h"
#include "emulator/services/dynamodb/table/ion.h"

namespace millrace::dynamodb {

namespace {

constexpr size_t kColumnsMax = 100'000;  // unverified: AWS states no limit for a header line

/// The record's fields: those in quotes may hold delimiters, line ends and doubled quotes. One more than `fields_max`
/// where there are too many.
std::vector<std::string> fields_of(std::string_view record, char delimiter, size_t fields_max) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (size_t i = 0; i < record.size(); ++i) {
    char c = record[i];
    if (quoted) {
      if (c != '"')
        fields.back().push_back(c);
      else if (i + 1 < record.size() && record[i + 1] == '"')
        fields.back().push_back(record[++i]);
      else
        quoted = false;
    } else if (c == '"' && fields.back().empty()) {
      quoted = true;
    } else if (c == delimiter) {
      if (fields.size() > fields_max) break;
      fields.emplace_back();
    } else if (c != '\r') {
      fields.back().push_back(c);
    }
  }
  return fields;
}

/// The field as the attribute's type; nullopt if it isn't one.
std::optional<AttributeValue> field_value(AttributeType type, std::string field) {
  switch (type) {
    case AttributeType::N:
      if (auto number = Number::parse(field)) return AttributeValue(*number);
      return std::nullopt;
    case AttributeType::B:
      if (auto bytes = from_base64(field)) return AttributeValue(Binary{*bytes});
      return std::nullopt;
    default: return AttributeValue(std::move(field));
  }
}

RecordSplitter::Format format_of(const std::string& name) {
  return name == "CSV"   ? RecordSplitter::Format::csv
         : name == "ION" ? RecordSplitter::Format::ion
                         : RecordSplitter::Format::documents;
}

char delimiter_of(const Json& options) {
  const Json* csv = find(options, "Csv");
  return csv ? text_of(*csv, "Delimiter", ",")[0] : ',';
}

}  // namespace

ImportReader::ImportReader(const std::string& format, const Json& options, const tables::Table& table, OnItem item,
                           OnError error)
    : table_(table),
      item_(std::move(item)),
      error_(std::move(error)),
      format_(format_of(format)),
      delimiter_(delimiter_of(options)),
      splitter_(format_, delimiter_, [this](std::string_view record, bool too_long) { take(record, too_long); }) {
  const Json* csv = find(options, "Csv");
  if (const Json* list = csv ? find(*csv, "HeaderList") : nullptr) set_columns(list->get<std::vector<std::string>>());
}

void ImportReader::set_columns(const std::vector<std::string>& names) {
  columns_.emplace();
  for (const std::string& name : names)
    columns_->push_back({name, table_.attribute_type(name).value_or(AttributeType::S)});
}

void ImportReader::take(std::string_view record, bool too_long) {
  if (given_up_) return;
  const bool csv = format_ == RecordSplitter::Format::csv;
  if (too_long) {
    given_up_ = csv && !columns_;  // without its header nothing of the file means anything
    return error_();
  }
  if (csv)
    take_line(record);
  else if (format_ == RecordSplitter::Format::ion)
    given_up_ = !read_ion(record, item_, error_);
  else
    take_document(record);
}

void ImportReader::take_document(std::string_view record) {
  // A document of simdjson's is a few times its text at most, whatever the text.
  simdjson::dom::element item;
  if (parser_.parse(record.data(), record.size()).at_key("Item").get(item) != simdjson::SUCCESS) return error_();
  auto attributes = read_attributes(item);
  if (auto* map = std::get_if<AttributeMap>(&attributes))
    item_(std::move(*map));
  else
    error_();
}

void ImportReader::take_line(std::string_view record) {
  if (!columns_) {
    auto header = fields_of(record, delimiter_, kColumnsMax);
    given_up_ = header.size() > kColumnsMax;
    return given_up_ ? error_() : set_columns(header);
  }
  auto fields = fields_of(record, delimiter_, columns_->size());
  if (fields.size() == 1 && fields[0].empty()) return;
  if (fields.size() > columns_->size()) return error_();
  AttributeMap attributes;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].empty()) continue;
    auto value = field_value((*columns_)[i].type, std::move(fields[i]));
    if (!value) return error_();
    attributes.append_unsorted((*columns_)[i].name, std::move(*value));
  }
  attributes.sort();
  item_(std::move(attributes));
}

}  // namespace millrace::dynamodb
