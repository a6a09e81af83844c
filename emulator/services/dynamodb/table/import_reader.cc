#include "emulator/services/dynamodb/table/import_reader.h"

#include "emulator/base/attribute/item_json.h"
#include "emulator/base/encoding.h"
#include "emulator/services/dynamodb/table/ion.h"

namespace millrace::dynamodb {

namespace {

/// Takes one document off the front of `text`: what stands between a brace and its partner, with or without an end of
/// line behind it. What begins with another character, or never ends, goes up to the line's end.
std::string_view take_document(std::string_view& text) {
  int open = 0;
  bool quoted = false;
  size_t end = text[0] == '{' ? 0 : text.size();
  for (; end < text.size(); ++end) {
    const char c = text[end];
    if (quoted) {
      end += c == '\\' ? 1 : 0;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '}') {
      open += c == '{' ? 1 : -1;
      if (open == 0) break;
    }
  }
  const size_t size = end < text.size() ? end + 1 : std::min(text.find('\n'), text.size());
  std::string_view document = text.substr(0, size);
  text.remove_prefix(size);
  return document;
}

void read_json_documents(std::string_view text, const std::function<void(AttributeMap)>& item,
                         const std::function<void()>& error) {
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (text.empty()) return;
    auto document = parse_json(take_document(text));
    const Json* given = document && document->is_object() ? find(*document, "Item") : nullptr;
    if (!given) {
      error();
      continue;
    }
    auto attributes = read_attributes(*given);
    if (auto* map = std::get_if<AttributeMap>(&attributes))
      item(std::move(*map));
    else
      error();
  }
}

/// Takes one record off the front of `text`: fields in quotes may hold delimiters, line ends and doubled
/// quotes.
std::vector<std::string> take_csv_record(std::string_view& text, char delimiter) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  size_t i = 0;
  for (; i < text.size(); ++i) {
    char c = text[i];
    if (quoted) {
      if (c != '"')
        fields.back().push_back(c);
      else if (i + 1 < text.size() && text[i + 1] == '"')
        fields.back().push_back(text[++i]);
      else
        quoted = false;
    } else if (c == '"' && fields.back().empty()) {
      quoted = true;
    } else if (c == delimiter) {
      fields.emplace_back();
    } else if (c == '\n') {
      break;
    } else if (c != '\r') {
      fields.back().push_back(c);
    }
  }
  text.remove_prefix(std::min(i + 1, text.size()));
  return fields;
}

/// The field as the attribute's type; nullopt if it isn't one.
std::optional<AttributeValue> field_value(const tables::Table& table, const std::string& name,
                                          const std::string& field) {
  switch (table.attribute_type(name).value_or(AttributeType::S)) {
    case AttributeType::N:
      if (auto number = Number::parse(field)) return AttributeValue(*number);
      return std::nullopt;
    case AttributeType::B:
      if (auto bytes = from_base64(field)) return AttributeValue(Binary{*bytes});
      return std::nullopt;
    default: return AttributeValue(field);
  }
}

void read_csv(std::string_view text, const Json& options, const tables::Table& table,
              const std::function<void(AttributeMap)>& item, const std::function<void()>& error) {
  const Json* csv = find(options, "Csv");
  char delimiter = csv ? text_of(*csv, "Delimiter", ",")[0] : ',';
  std::vector<std::string> header;
  if (const Json* list = csv ? find(*csv, "HeaderList") : nullptr)
    header = list->get<std::vector<std::string>>();
  else
    header = take_csv_record(text, delimiter);
  while (!text.empty()) {
    auto fields = take_csv_record(text, delimiter);
    if (fields.size() == 1 && fields[0].empty()) continue;
    AttributeMap attributes;
    bool wrong = fields.size() > header.size();
    for (size_t i = 0; i < fields.size() && !wrong; ++i) {
      if (fields[i].empty()) continue;
      auto value = field_value(table, header[i], fields[i]);
      if (value)
        attributes.set(header[i], std::move(*value));
      else
        wrong = true;
    }
    if (wrong)
      error();
    else
      item(std::move(attributes));
  }
}

}  // namespace

void read_import(std::string_view text, const std::string& format, const Json& options, const tables::Table& table,
                 const std::function<void(AttributeMap)>& item, const std::function<void()>& error) {
  if (format == "CSV")
    read_csv(text, options, table, item, error);
  else if (format == "ION")
    read_ion(text, item, error);
  else
    read_json_documents(text, item, error);
}

}  // namespace millrace::dynamodb
