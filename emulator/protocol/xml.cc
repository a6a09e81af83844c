#include "emulator/protocol/service.h"

namespace millrace::protocol {

void append_xml_text(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\r': out += "&#13;"; break;
      default:
        // Other control characters have no form in XML 1.0.
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n') out.push_back(c);
    }
  }
}

void append_xml(std::string& out, const std::string& name, const Json& value) {
  if (value.is_null()) return;
  out += '<';
  out += name;
  out += '>';
  if (value.is_object()) {
    for (const auto& [member, child] : value.items()) append_xml(out, member, child);
  } else if (value.is_array()) {
    for (const Json& element : value) append_xml(out, "member", element);
  } else if (value.is_string()) {
    append_xml_text(out, value.get_ref<const std::string&>());
  } else {
    out += to_text(value);
  }
  out += "</";
  out += name;
  out += '>';
}

}  // namespace millrace::protocol
