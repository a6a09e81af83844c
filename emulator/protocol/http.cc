#include "emulator/protocol/http.h"

#include "emulator/base/encoding.h"

namespace millrace::protocol {

std::string_view Headers::get(std::string_view name) const {
  for (const Field& field : fields_) {
    if (field.first.size() == name.size() && equals_ignore_case(field.first, name)) return field.second;
  }
  return {};
}

bool Headers::has(std::string_view name) const {
  for (const Field& field : fields_) {
    if (field.first.size() == name.size() && equals_ignore_case(field.first, name)) return true;
  }
  return false;
}

void Headers::set(std::string_view name, std::string_view value) {
  for (Field& field : fields_) {
    if (equals_ignore_case(field.first, name)) {
      field.second = value;
      return;
    }
  }
  fields_.emplace_back(name, value);
}

void Headers::add(std::string_view name, std::string_view value) {
  fields_.emplace_back(name, value);
}

std::string_view HttpRequest::raw_path() const {
  std::string_view all = target;
  return all.substr(0, all.find('?'));
}

std::string_view HttpRequest::raw_query() const {
  std::string_view all = target;
  size_t mark = all.find('?');
  return mark == std::string_view::npos ? std::string_view() : all.substr(mark + 1);
}

QueryParameters parse_query(std::string_view raw) {
  QueryParameters out;
  while (!raw.empty()) {
    std::string_view pair = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(raw.size(), pair.size() + 1));
    if (pair.empty()) continue;
    size_t equals = pair.find('=');
    std::string name = percent_decode(pair.substr(0, equals), true);
    std::string value = equals == std::string_view::npos ? "" : percent_decode(pair.substr(equals + 1), true);
    out.emplace_back(std::move(name), std::move(value));
  }
  return out;
}

std::optional<std::string> query_value(const QueryParameters& parameters, std::string_view name) {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return std::nullopt;
}

}  // namespace millrace::protocol
