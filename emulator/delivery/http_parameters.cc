#include "emulator/delivery/http_parameters.h"

#include "emulator/base/encoding.h"

namespace millrace::delivery {

std::string fill_path(const std::string& path, const Json& values) {
  std::string out;
  size_t next = 0;
  for (char c : path) {
    if (c == '*' && next < values.size()) {
      out += percent_encode(values[next++].get<std::string>());
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string query_of(const Json& parameters, const std::string& before) {
  std::string out;
  char separator = before.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : parameters.items()) {
    out.push_back(separator);
    out += percent_encode(name) + "=" + percent_encode(value.is_string() ? value.get<std::string>() : to_text(value));
    separator = '&';
  }
  return out;
}

}  // namespace millrace::delivery
